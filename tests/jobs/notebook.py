"""What somebody does with the JSON of five tools: tables, statistics, a report. Keys are those of docs/json*.md."""
import csv
import io
import json
import statistics


def lines(name):
    return [json.loads(line) for line in open(name)]


def document(name):
    return json.load(open(name))


# A row for each reply, as a table that a spreadsheet reads.
run = lines("ping.jsonl")
replies = [line for line in run if "rtt_us" in line]
assert len(replies) == 20, run
table = io.StringIO()
rows = csv.DictWriter(table, ["seq", "rtt_us"], extrasaction="ignore")
rows.writeheader()
rows.writerows(replies)
assert table.getvalue().count("\n") == 21

# The summary says what can be computed of the lines.
times = [reply["rtt_us"] for reply in replies]
summary = run[-1]
assert summary["received"] == len(times)
assert abs(summary["rtt"]["avg_us"] - statistics.mean(times)) < 0.01, summary
assert abs(summary["rtt"]["mdev_us"] - statistics.pstdev(times)) < 0.01, summary
assert summary["rtt"]["min_us"] == min(times) and summary["rtt"]["max_us"] == max(times)
assert summary["loss_percent"] == 0

# A document has the same as its lines.
whole = document("ping.json")
assert [event["seq"] for event in whole["events"]] == [1, 2, 3, 4, 5]
assert whole["summary"]["transmitted"] == 5

# Phases of requests.
probes = document("probe.json")
assert probes["schema"] == "netdiag.probe/1"
phases = [probe["hops"][-1]["phases"] for probe in probes["probes"]]
means = {phase: statistics.mean(each[phase] for each in phases) for phase in ("connect_us", "first_byte_us")}
assert len(phases) == 5 and all(mean > 0 for mean in means.values()), phases
assert all(sum(each.values()) <= probe["total_us"] * 1.01 for each, probe in zip(phases, probes["probes"]))

# Who listens where.
sockets = document("ss.json")
assert sockets["complete"] is True and sockets["count"] == len(sockets["sockets"])
ports = {socket["local"]["port"] for socket in sockets["sockets"]}
assert 8000 in ports, sockets

# Verdicts, with what was measured.
report = document("check.json")
verdicts = {result["kind"]: result["verdict"] for result in report["results"]}
assert verdicts == {"icmp": "pass", "listen": "pass"}, verdicts
measures = {measure["name"]: measure for result in report["results"] for measure in result["measures"]}
assert measures["loss"]["value"] == 0 and measures["loss"]["unit"] == "ratio", measures["loss"]

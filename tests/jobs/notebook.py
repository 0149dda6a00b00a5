"""What somebody does with the JSON of five tools: tables, statistics, a report. Keys are those of docs/json*.md."""
import csv
import datetime
import io
import json
import statistics


def lines(name):
    return [json.loads(line) for line in open(name)]


def document(name):
    return json.load(open(name))


# Lines begin and end in one way, whatever the tool; times are UTC.
run = lines("ping.jsonl")
begin, *replies, end = run
assert (begin["record"], begin["schema"], end["record"], end["complete"]) == ("begin", "netdiag.ping/1", "end", True)
moments = [datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")) for line in run]
assert moments[0] <= moments[1] and all(moment.utcoffset() == datetime.timedelta() for moment in moments)

# A row for each reply, as a table that a spreadsheet reads.
assert len(replies) == 20 and {line["record"] for line in replies} == {"reply"}, run
table = io.StringIO()
rows = csv.DictWriter(table, ["seq", "rtt_us"], extrasaction="ignore")
rows.writeheader()
rows.writerows(replies)
assert table.getvalue().count("\n") == 21

# The end says what can be computed of the lines.
times = [reply["rtt_us"] for reply in replies]
assert end["received"] == len(times)
assert abs(end["rtt"]["avg_us"] - statistics.mean(times)) < 0.01, end
assert abs(end["rtt"]["mdev_us"] - statistics.pstdev(times)) < 0.01, end
assert end["rtt"]["min_us"] == min(times) and end["rtt"]["max_us"] == max(times)
assert end["loss_ratio"] == 0

# A document has the same as its lines.
whole = document("ping.json")
assert [event["seq"] for event in whole["events"]] == [1, 2, 3, 4, 5]
assert whole["sent"] == 5 and whole["schema"] == begin["schema"]

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

# What waited how long.
waited = document("wait.json")
assert [(target["target"], target["ready"]) for target in waited["targets"]] == [("127.0.0.1:8000", True)], waited
assert 0 <= waited["targets"][0]["ready_us"] <= waited["duration_us"], waited

# Verdicts, with what was measured.
report = document("check.json")
verdicts = {result["kind"]: result["verdict"] for result in report["results"]}
assert verdicts == {"icmp": "pass", "listen": "pass"}, verdicts
measures = {measure["name"]: measure for result in report["results"] for measure in result["measures"]}
assert measures["loss"]["value"] == 0 and measures["loss"]["unit"] == "ratio", measures["loss"]

//! What our program writes for programs, read back.
//!
//! Only the frame is looked at: that records are what the schema says is held by unit tests.

use serde_json::Value;

/// The sockets of a whole `json` document or of `jsonl`, and the record of their end.
#[track_caller]
pub(crate) fn listed(format: &str, text: &str) -> (Vec<Value>, Value) {
    let parse = |text: &str| -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    if format == "json" {
        let document = parse(text);
        assert_eq!(document["schema"], "netdiag.ss/1");
        return (document["sockets"].as_array().unwrap().clone(), document);
    }
    let mut records: Vec<Value> = text.lines().map(parse).collect();
    let end = records.pop().unwrap();
    let begin = records.remove(0);
    assert_eq!(
        (&begin["record"], &begin["schema"], &end["record"]),
        (&"begin".into(), &"netdiag.ss/1".into(), &"end".into())
    );
    assert!(records.iter().all(|record| record["record"] == "socket"), "{text}");
    (records, end)
}

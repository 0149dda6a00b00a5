//! ICMP errors about probes: which are believed, by what they quote.

use super::*;

#[test]
fn an_error_that_quotes_what_was_not_sent_is_not_believed_and_one_that_quotes_little_is_marked() {
    let error = IcmpError { family: crate::Family::V4, kind: 3, code: 1, info: 0 };
    let quoting = |data| AnswerKind::Icmp { error, quoted: &[], data, extensions: &[], hop_limit: None };
    let mut mine = vec![0; PAYLOAD.size];
    PAYLOAD.write(Seq(1), &mut mine);
    let mut forged = mine.clone();
    forged[7] ^= 1;
    #[rustfmt::skip]
    let cases = [
        // quoted,     authenticated, errors, foreign
        (&mine[..],    Some(true),    1,      0),
        (&mine[..8],   Some(false),   1,      0),
        (&[][..],      Some(false),   1,      0),
        (&forged[..],  None,          0,      1),
        (&forged[..8], None,          0,      1),
    ];
    for (data, expected, errors, foreign) in cases {
        let mut story =
            Story::new(PingConfig { stop_when: StopWhen { loss: true, reply: false }, ..config() });
        story.send();
        story.answer(1, quoting(data)).next();
        let told = story.events.iter().find_map(|event| match event {
            PingEvent::Icmp { authenticated, .. } => Some(*authenticated),
            _ => None,
        });
        let statistics = story.ping.statistics();
        assert_eq!((told, statistics.errors, statistics.foreign), (expected, errors, foreign), "{data:?}");
        // The probe is still waited for, and answered.
        assert_eq!(story.at(MS).reply(1).replies().len(), usize::from(expected.is_none()), "{data:?}");
    }
}

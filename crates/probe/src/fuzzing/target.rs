//! Any text as what is to be probed or served at.
//!
//! Services are looked up in this machine's files, which no fuzzer changes.

use crate::endpoint::Endpoint;
use crate::target::Target;

/// Reads any text as a target. What is wrong with it is wrong in some place of it; a socket can be typed as it is shown.
///
/// # Panics
/// If it is not, or cannot.
pub fn target(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    match text.parse::<Target>() {
        Err(wrong) => {
            assert_eq!(wrong.text, text);
            assert!(text.get(wrong.at.clone()).is_some(), "{wrong:?}");
            assert!(!wrong.message.is_empty());
        }
        Ok(Target::Socket(endpoint)) => {
            let shown = endpoint.to_string();
            // What would steer a terminal is shown escaped, and so as another name.
            let name = shown.split_once(':').map_or("", |(_, name)| name);
            let escaped = matches!(&endpoint, Endpoint::Unix(..)) && !text.ends_with(name);
            if !escaped {
                assert_eq!(shown.parse::<Endpoint>(), Ok(endpoint), "{shown}");
            }
        }
        #[cfg(feature = "dns")]
        Ok(Target::Dns(question)) => {
            // What can be asked for can be sent.
            let (message, bytes) = question.message().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(bytes.len() < 512 && message.queries.len() == 1, "{text}");
        }
        Ok(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_lived_through() {
        let seeds = std::fs::read_dir("../../tests/data/targets").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        seeds.iter().for_each(|seed| target(seed));
    }

    #[test]
    #[cfg(feature = "dns")]
    fn what_is_wrong_is_where_it_is_said_to_be() {
        let text = "dns://192.0.2.1/x?&&tcp&nosuch";
        let wrong = text.parse::<Target>().unwrap_err();
        assert_eq!(&text[wrong.at], "nosuch");
    }
}

//! What kind of thing a file is, by its name; its bytes are not looked at.

/// The media type of a file of this name.
pub(super) fn of(name: &[u8]) -> &'static str {
    let end = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    if end.len() == name.len() {
        return UNKNOWN;
    }
    let known =
        TYPES.iter().find(|(ends, _)| ends.iter().any(|known| end.eq_ignore_ascii_case(known.as_bytes())));
    known.map_or(UNKNOWN, |(_, media_type)| media_type)
}

const UNKNOWN: &str = "application/octet-stream";

#[rustfmt::skip]
const TYPES: [(&[&str], &str); 36] = [
    (&["html", "htm"],                     "text/html; charset=utf-8"),
    (&["css"],                             "text/css; charset=utf-8"),
    (&["js", "mjs"],                       "text/javascript; charset=utf-8"),
    (&["json", "map"],                     "application/json"),
    (&["svg"],                             "image/svg+xml"),
    (&["png"],                             "image/png"),
    (&["jpg", "jpeg"],                     "image/jpeg"),
    (&["gif"],                             "image/gif"),
    (&["webp"],                            "image/webp"),
    (&["avif"],                            "image/avif"),
    (&["ico"],                             "image/vnd.microsoft.icon"),
    (&["bmp"],                             "image/bmp"),
    (&["woff2"],                           "font/woff2"),
    (&["woff"],                            "font/woff"),
    (&["ttf"],                             "font/ttf"),
    (&["otf"],                             "font/otf"),
    (&["txt", "text", "log", "rst", "toml", "yml", "yaml", "conf", "c", "h", "rs", "py", "sh"],
                                           "text/plain; charset=utf-8"),
    (&["md"],                              "text/markdown; charset=utf-8"),
    (&["csv"],                             "text/csv; charset=utf-8"),
    (&["xml"],                             "text/xml; charset=utf-8"),
    (&["xhtml"],                           "application/xhtml+xml"),
    (&["pdf"],                             "application/pdf"),
    (&["wasm"],                            "application/wasm"),
    (&["webmanifest"],                     "application/manifest+json"),
    (&["mp4", "m4v"],                      "video/mp4"),
    (&["webm"],                            "video/webm"),
    (&["ogv"],                             "video/ogg"),
    (&["mp3"],                             "audio/mpeg"),
    (&["ogg", "oga", "opus"],              "audio/ogg"),
    (&["m4a"],                             "audio/mp4"),
    (&["wav"],                             "audio/wav"),
    (&["flac"],                            "audio/flac"),
    (&["zip"],                             "application/zip"),
    (&["gz", "tgz"],                       "application/gzip"),
    (&["pem", "crt"],                      "application/x-pem-file"),
    (&["pcap"],                            "application/vnd.tcpdump.pcap"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_name_says_it() {
        #[rustfmt::skip]
        let cases = [
            ("index.html", "text/html; charset=utf-8"),
            ("A.B.PNG",    "image/png"),
            ("x.tar.gz",   "application/gzip"),
            ("html",       UNKNOWN),
            ("x.",         UNKNOWN),
            ("x.none",     UNKNOWN),
            (".css",       "text/css; charset=utf-8"),
        ];
        for (name, expected) in cases {
            assert_eq!(of(name.as_bytes()), expected, "{name}");
        }
    }
}

//! What may be written of every check, whatever its kind, and of all of them at once under `[defaults]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use netdiag_probe::{Endpoint, Family, ParseError, UnixKind};
use netdiag_text::quantity::BadQuantity;
use netdiag_text::{Message, Quantity, duration, message};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::repetition::{OnUnavailable, Repetition};
use crate::source::{Complaint, Placed, Scalar, Several, TIME, several};

/// A time as written: `500ms`, `2s`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Time(pub(crate) Duration);

impl Several for Time {
    const WANTED: &'static str = TIME;

    fn of(written: Scalar) -> Option<Result<Self, Message>> {
        let Scalar::Text(text) = written else { return None };
        let read = duration::with_unit(&text);
        Some(read.map(Self).map_err(|wrong| BadQuantity::time(&text, wrong).message()))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        several(deserializer)
    }
}

impl Time {
    /// The time that is written, or the usual one; none at all draws a complaint of these words.
    pub(crate) fn some(
        written: Option<&Placed<Self>>,
        usual: Duration,
        complaint: &'static str,
    ) -> Result<Duration, Complaint> {
        match written {
            Some(Placed { span, value: Self(Duration::ZERO) }) => Err(Complaint::new(span, complaint)),
            Some(time) => Ok(time.value.0),
            None => Ok(usual),
        }
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "time",
            "type": "string",
            "description": "A time with its unit: 500ms, 2s, 1m30s, 14d",
            "pattern": duration::PATTERN,
        })
    }
}

/// A check's name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(inline, with = "String")]
pub(crate) struct Name(pub(crate) String);

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() { Err("a name needs a character that can be seen") } else { Ok(Self(text)) }
    }
}

/// A word to select checks by, which `--tag` can say.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(try_from = "String")]
#[schemars(inline, with = "String")]
pub(crate) struct Tag(String);

impl TryFrom<String> for Tag {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let sayable =
            !text.is_empty() && text.trim() == text && !text.starts_with('!') && !text.contains(',');
        let wrong =
            || format!("`{text}` could not be selected: a tag has no comma, and no `!` or space at its ends");
        if sayable { Ok(Self(text)) } else { Err(wrong()) }
    }
}

/// Which addresses of a name are checked.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Families {
    /// Whichever works.
    #[default]
    #[serde(rename = "any")]
    Any,
    /// IPv4.
    #[serde(rename = "4", alias = "ipv4")]
    V4,
    /// IPv6.
    #[serde(rename = "6", alias = "ipv6")]
    V6,
    /// Both, as two checks.
    #[serde(rename = "both")]
    Both,
}

/// Further attempts after one that failed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { attempts = 3 }")]
pub(crate) struct Retry {
    /// How many attempts there are at most, the first included.
    attempts: Placed<u32>,
    /// The pause between two attempts; 1s if absent.
    pause: Option<Time>,
}

/// `eventually = { within = "60s", every = "500ms" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { within = \"60s\" }")]
pub(crate) struct Eventually {
    /// It must pass within this time.
    within: Placed<Time>,
    /// From the beginning of one attempt to that of the next; 500ms if absent.
    every: Option<Placed<Time>>,
}

/// `consistently = { during = "10s", every = "1s" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { during = \"10s\" }")]
pub(crate) struct Consistently {
    /// It must pass throughout this time.
    during: Placed<Time>,
    /// From the beginning of one attempt to that of the next; 1s if absent.
    every: Option<Placed<Time>>,
}

/// What holds for every check that does not say otherwise.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defaults {
    /// How long one attempt may take; 5s if absent.
    timeout: Option<Placed<Time>>,
    /// Which addresses of a name are checked.
    family: Option<Families>,
    /// Further attempts after one that failed; a check that passes then is flaky.
    retry: Option<Retry>,
    /// Words to select checks by.
    #[serde(default)]
    tags: Vec<Tag>,
    /// What a check comes to that cannot be measured.
    on_unavailable: Option<OnUnavailable>,
    /// Whether it is an error if a check cannot be measured, whatever `on_unavailable` says.
    required: Option<bool>,
}

/// What may be written of every check.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Common {
    /// The check's name in reports; made of kind and target if absent.
    pub(crate) name: Option<Placed<Name>>,
    /// Names of checks that must have passed before.
    #[serde(default)]
    pub(crate) depends_on: Vec<Placed<String>>,
    /// Passes as soon as an attempt does.
    eventually: Option<Eventually>,
    /// Passes if every attempt does.
    consistently: Option<Placed<Consistently>>,
    /// Whether nothing else may run beside it; latency checks want that by themselves.
    pub(crate) exclusive: Option<bool>,
    /// A word: checks of the same word run one after the other.
    pub(crate) serial: Option<String>,
    /// Whether it only warns when it fails.
    #[serde(default)]
    pub(crate) warn_only: bool,
    /// How long one attempt may take.
    timeout: Option<Placed<Time>>,
    /// Which addresses of a name are checked.
    family: Option<Families>,
    /// Further attempts after one that failed; a check that passes then is flaky.
    retry: Option<Placed<Retry>>,
    /// Words to select it by, besides those of the defaults.
    #[serde(default)]
    tags: Vec<Tag>,
    /// What it comes to when it cannot be measured.
    on_unavailable: Option<OnUnavailable>,
    /// Whether it is an error if it cannot be measured, whatever `on_unavailable` says.
    required: Option<bool>,
}

/// What of it a kind wants to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'f> {
    /// The family to keep to.
    pub(crate) family: Option<Family>,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    /// Where relative paths begin: the directory of the file; `None` if that is the one the program runs in.
    pub(crate) directory: Option<&'f Path>,
}

impl Settings<'_> {
    /// A path as it is written, as it is found from here.
    pub(crate) fn path(&self, written: &Path) -> PathBuf {
        self.directory.map_or_else(|| written.to_owned(), |directory| directory.join(written))
    }

    /// A unix socket by its path, or `@NAME`.
    pub(crate) fn unix(&self, kind: UnixKind, written: &str) -> Result<Endpoint, ParseError> {
        // What is wrong with it is wrong as it is written.
        let plain = Endpoint::unix(kind, written)?;
        match written.starts_with('@') || self.directory.is_none() {
            true => Ok(plain),
            false => Endpoint::unix(kind, &self.path(Path::new(written)).to_string_lossy()),
        }
    }

    /// A pattern for paths: whole ones, as the kernel lists them. One that begins with a wildcard is about any directory.
    pub(crate) fn pattern(&self, written: Placed<String>) -> Placed<String> {
        if written.value.is_empty() || written.value.starts_with(['/', '@', '*', '?', '[']) {
            return written;
        }
        let path = self.path(Path::new(&written.value));
        let whole = std::path::absolute(&path).unwrap_or(path);
        Placed { value: whole.to_string_lossy().into_owned(), ..written }
    }
}

impl Common {
    /// One settings for each check this is to be: two where both families are wanted.
    pub(crate) fn settings<'f>(
        &self,
        defaults: &Defaults,
        directory: Option<&'f Path>,
    ) -> Result<Vec<Settings<'f>>, Complaint> {
        let timeout = self.timeout.as_ref().or(defaults.timeout.as_ref());
        let timeout = Time::some(timeout, TIMEOUT, "a timeout of 0 leaves no time for an attempt")?;
        let families = match self.family.or(defaults.family).unwrap_or_default() {
            Families::Any => vec![None],
            Families::V4 => vec![Some(Family::V4)],
            Families::V6 => vec![Some(Family::V6)],
            Families::Both => vec![Some(Family::V4), Some(Family::V6)],
        };
        Ok(families.into_iter().map(|family| Settings { family, timeout, directory }).collect())
    }

    /// How attempts make a verdict.
    pub(crate) fn repetition(&self, defaults: &Defaults) -> Result<Repetition, Complaint> {
        match (&self.eventually, &self.consistently, &self.retry) {
            (Some(_), Some(other), _) => {
                Err(Complaint::new(&other.span, "a check is either `eventually` or `consistently` so"))
            }
            (Some(_), None, Some(retry)) | (None, Some(_), Some(retry)) => Err(Complaint::new(
                &retry.span,
                "`retry` has no meaning beside `eventually` or `consistently`",
            )),
            (Some(Eventually { within, every }), None, None) => Ok(Repetition::Eventually {
                within: within.value.0,
                every: period(within, every.as_ref(), EVENTUALLY)?,
            }),
            (None, Some(Placed { value: Consistently { during, every }, .. }), None) => {
                Ok(Repetition::Consistently {
                    during: during.value.0,
                    every: period(during, every.as_ref(), CONSISTENTLY)?,
                })
            }
            (None, None, retry) => match retry.as_ref().map(|retry| &retry.value).or(defaults.retry.as_ref())
            {
                Some(Retry { attempts, .. }) if attempts.value == 0 => {
                    Err(Complaint::new(&attempts.span, "at least one attempt is needed"))
                }
                Some(retry) => Ok(Repetition::Attempts {
                    most: retry.attempts.value,
                    pause: retry.pause.map_or(PAUSE, |Time(pause)| pause),
                }),
                None => Ok(Repetition::Attempts { most: 1, pause: PAUSE }),
            },
        }
    }

    pub(crate) fn tags(&self, defaults: &Defaults) -> Vec<String> {
        let own = self.tags.iter().filter(|tag| !defaults.tags.contains(tag));
        defaults.tags.iter().chain(own).map(|Tag(tag)| tag.clone()).collect()
    }

    pub(crate) fn on_unavailable(&self, defaults: &Defaults) -> OnUnavailable {
        self.on_unavailable.or(defaults.on_unavailable).unwrap_or_default()
    }

    pub(crate) fn required(&self, defaults: &Defaults) -> bool {
        self.required.or(defaults.required).unwrap_or_default()
    }
}

/// From the beginning of one attempt to that of the next; `whole` has to have room for more than one.
fn period(
    whole: &Placed<Time>,
    every: Option<&Placed<Time>>,
    usual: Duration,
) -> Result<Duration, Complaint> {
    let chosen = Time::some(every, usual, "attempts need some time between them")?;
    if chosen < whole.value.0 {
        return Ok(chosen);
    }
    let span = every.map_or(&whole.span, |every| &every.span);
    let (chosen, whole) = (Quantity::Time(chosen), Quantity::Time(whole.value.0));
    let message = message!("one every {} leaves one attempt in {}", chosen, whole);
    Err(Complaint::new(span, message).help("write a shorter `every`, or a longer time"))
}

const TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_secs(1);
const EVENTUALLY: Duration = Duration::from_millis(500);
const CONSISTENTLY: Duration = Duration::from_secs(1);

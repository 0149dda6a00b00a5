//! Values of fields, as they are read: borrowed from the record, and nothing on the heap.

use netdiag_sockdiag::words::Words;

/// What a field has of one socket.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A count, a size, a time.
    Unsigned(u64),
    /// The same where it can be less than nothing.
    Signed(i64),
    /// A factor.
    Real(f64),
    /// Whether it is so.
    Flag(bool),
    /// What a number of the kernel is called.
    Word(&'static str),
    /// Which of a row of bits are set.
    Flags(Flags),
    /// A name from outside, which can be any bytes.
    Text(&'a [u8]),
}

/// Which of a row of bits are set.
#[derive(Clone, Copy, Debug)]
pub struct Flags {
    /// The bits.
    pub bits: u64,
    /// What they are called.
    pub words: Words,
}

/// What values a field can have.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// [`Value::Unsigned`] of so many bits.
    Unsigned(u32),
    /// [`Value::Signed`] of so many bits.
    Signed(u32),
    /// [`Value::Real`].
    Real,
    /// [`Value::Flag`].
    Flag,
    /// [`Value::Word`], which is one of these.
    Word(Words),
    /// [`Value::Flags`] with these words.
    Flags(Words),
    /// [`Value::Text`].
    Text,
}

impl Value<'_> {
    /// The number, if it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Unsigned(number) => Some(number as f64),
            Self::Signed(number) => Some(number as f64),
            Self::Real(number) => Some(number),
            Self::Flag(_) | Self::Word(_) | Self::Flags(_) | Self::Text(_) => None,
        }
    }
}

impl Flags {
    /// The names of those that are set; bits without a name are left out.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.words.set(self.bits).map(|word| word.name).filter(|name| !name.is_empty())
    }
}

/// Types that values are read as.
pub(super) trait Plain: for<'a> Into<Value<'a>> {
    const KIND: Kind;
}

macro_rules! plain {
    ($($type:ty => $kind:expr, $value:expr;)*) => { $(
        impl Plain for $type {
            const KIND: Kind = $kind;
        }

        impl From<$type> for Value<'_> {
            #[inline]
            fn from(value: $type) -> Self {
                $value(value.into())
            }
        }
    )* };
}

plain! {
    u8 => Kind::Unsigned(u8::BITS), Self::Unsigned;
    u16 => Kind::Unsigned(u16::BITS), Self::Unsigned;
    u32 => Kind::Unsigned(u32::BITS), Self::Unsigned;
    u64 => Kind::Unsigned(u64::BITS), Self::Unsigned;
    i32 => Kind::Signed(i32::BITS), Self::Signed;
    f64 => Kind::Real, Self::Real;
    bool => Kind::Flag, Self::Flag;
}

//! How a table of a policy file is declared: once, for reading it, for its JSON
//! Schema, and for the reference.

/// Declares a table of a policy file: a struct of optional, placed values with
/// its reader and its schema. A field is `required` or `optional`.
#[macro_export]
macro_rules! policy_table {
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $table:ident {
            $( $(#[doc = $doc:literal])+ $presence:ident $field:ident: $kind:ty, )*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        $vis struct $table {
            $( $(#[doc = $doc])+ $vis $field: Option<$crate::source::Placed<$kind>>, )*
        }

        impl $table {
            /// Reads the table from its fields.
            $vis fn from_fields(mut fields: $crate::table::Fields<'_, '_, '_>) -> Self {
                let read = Self {
                    $( $field: fields.take(
                        stringify!($field),
                        $crate::declare::policy_table!(@presence $presence),
                    ), )*
                };
                fields.finish();
                read
            }
        }

        impl $crate::table::PolicyValue for $table {
            fn read(
                value: &$crate::toml::Spanned<$crate::toml::de::DeValue<'_>>,
                problems: &mut $crate::table::Problems,
            ) -> Option<Self> {
                Some(Self::from_fields($crate::table::Fields::of(value, problems)?))
            }

            fn schema() -> $crate::serde_json::Value {
                $crate::table::table_schema(
                    concat!($($about),+),
                    &[$((
                        stringify!($field),
                        concat!($($doc),+),
                        $crate::declare::policy_table!(@presence $presence),
                        <$kind as $crate::table::PolicyValue>::schema(),
                    ),)*],
                )
            }
        }
    };
    (@presence required) => { $crate::table::Presence::Required };
    (@presence optional) => { $crate::table::Presence::Optional };
}

/// Declares a value that is one of a few words.
#[macro_export]
macro_rules! policy_choice {
    (
        $(#[doc = $about:literal])+
        $(#[derive($($derive:ident),+)])?
        $vis:vis enum $choice:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq $(, $($derive),+)?)]
        $vis enum $choice { $( $(#[doc = $doc])+ $variant, )+ }

        impl $choice {
            /// The words of the choice.
            $vis const WORDS: &[&str] = &[$($word,)+];

            /// The word of this one.
            #[must_use]
            $vis fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The one of that word.
            #[must_use]
            $vis fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl $crate::serde::Serialize for $choice {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $choice {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as $crate::serde::Deserialize>::deserialize(deserializer)?;
                Self::from_word(&word)
                    .ok_or_else(|| $crate::serde::de::Error::unknown_variant(&word, Self::WORDS))
            }
        }

        impl $crate::table::PolicyValue for $choice {
            fn read(
                value: &$crate::toml::Spanned<$crate::toml::de::DeValue<'_>>,
                problems: &mut $crate::table::Problems,
            ) -> Option<Self> {
                let word = <String as $crate::table::PolicyValue>::read(value, problems)?;
                let choice = Self::from_word(&word);
                if choice.is_none() {
                    $crate::table::unknown_word(
                        &word, Self::WORDS, value.span(), problems,
                    );
                }
                choice
            }

            fn schema() -> $crate::serde_json::Value {
                $crate::serde_json::json!({ "enum": Self::WORDS })
            }
        }
    };
}

pub use {policy_choice, policy_table};

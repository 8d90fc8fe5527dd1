//! SHA-256, as the ledger's roots are.

use sha2::block_api::compress256;

use super::form::is_hex;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// What SHA-256 begins with (FIPS 180-4 §5.3.3).
const BEGINNING: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

impl Digest {
    /// The digest of some texts or bytes, one after the other. They are laid out in blocks here: in
    /// a build without optimisation the layers above the compression cost more than it.
    #[must_use]
    pub fn of(pieces: &[impl AsRef<[u8]>]) -> Self {
        let length = pieces.iter().map(|piece| piece.as_ref().len()).sum::<usize>();
        let mut message: Vec<u8> = Vec::with_capacity(length + 72);
        for piece in pieces {
            message.extend_from_slice(piece.as_ref());
        }
        let bits = (message.len() as u64).wrapping_mul(8);
        message.push(0x80);
        let zeros = (64 + 56 - message.len() % 64) % 64;
        message.extend_from_slice(&[0; 64][..zeros]);
        message.extend_from_slice(&bits.to_be_bytes());
        let mut state = BEGINNING;
        compress256(&mut state, message.as_chunks().0);
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        Self(digest)
    }

    /// Its 64 lower hex digits.
    #[must_use]
    pub(crate) fn hex(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 64];
        let mut at = 0;
        while at < 32 {
            let byte = self.0[at];
            digits[2 * at] = DIGITS[(byte >> 4) as usize];
            digits[2 * at + 1] = DIGITS[(byte & 15) as usize];
            at += 1;
        }
        digits
    }

    /// The digest that 64 lower hex digits say.
    #[must_use]
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !is_hex(text) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.hex()))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_digest_that_others_have(one in ".{0,80}", other in ".{0,80}") {
            let ours = Digest::of(&[&one, &other]);
            let theirs: [u8; 32] = Sha256::digest(format!("{one}{other}")).into();
            prop_assert_eq!(ours.0, theirs);
            prop_assert_eq!(Digest::from_hex(&ours.to_string()), Some(ours));
        }
    }

    #[test]
    fn only_64_lower_digits_are_a_digest() {
        let zeros = "0".repeat(64);
        assert_eq!(Digest::from_hex(&zeros), Some(Digest([0; 32])));
        for text in ["", &zeros[1..], &format!("{zeros}0"), &zeros.replace('0', "A")] {
            assert_eq!(Digest::from_hex(text), None, "{text}");
        }
    }
}

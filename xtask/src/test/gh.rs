//! gh for the tests, where the machine has none: one release, by its digest.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use thrice_facts::{files, process};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::layout::cache_folder;

/// The release, which is also the one of Debian 12.
const VERSION: &str = "2.23.0";
/// SHA-256 of its archive for this kind of machine.
const SHA256: &str = "774c4ab16e962f851664162e4d5ebe6fe2a7b8143afaf1a2ebbfd115f0517da0";
/// More than the archive holds, and than the program in it.
const MOST_BYTES: u64 = 64 << 20;

/// Where the release is for this machine; none where there is no known one.
fn address() -> Option<String> {
    let known = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    known.then(|| {
        let archive = format!("v{VERSION}/gh_{VERSION}_linux_amd64.tar.gz");
        format!("https://github.com/cli/cli/releases/download/{archive}")
    })
}

/// The folder with a gh of this tool's own, which is fetched where it is not there yet;
/// none where this machine has to be given one otherwise.
pub(super) fn folder(root: &Path) -> anyhow::Result<Option<PathBuf>> {
    let (Some(address), Some(cache)) = (address(), cache_folder()) else { return Ok(None) };
    let folder = cache.join("tools").join(format!("gh-{VERSION}"));
    let program = folder.join("gh");
    if program.is_file() {
        return Ok(Some(folder));
    }
    files::make_folder(&folder)?;
    let scratch = tempfile::Builder::new().prefix("fetch").tempdir_in(&folder)?;
    let archive = scratch.path().join("gh.tar.gz");
    let most = MOST_BYTES.to_string();
    let words = ["--fail", "--silent", "--show-error", "--location", "--proto", "=https"];
    let arguments = words.into_iter().chain(["--max-filesize", &most, "--max-time", "300"]);
    let target = archive.display().to_string();
    let arguments = arguments.chain(["--output", &target, &address]);
    if process::attached("curl", arguments, root)? != 0 {
        bail!("cannot fetch {address}");
    }
    let program_bytes = program_in(&files::read(&archive)?, SHA256)
        .with_context(|| format!("{address} is not the release that is known"))?;
    let new = scratch.path().join("gh");
    std::fs::write(&new, program_bytes)?;
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755))?;
    std::fs::rename(&new, &program)?;
    Ok(Some(folder))
}

/// The program in an archive of this digest.
fn program_in(archive: &[u8], sha256: &str) -> anyhow::Result<Vec<u8>> {
    let digest = sha256_hex(archive);
    if digest != sha256 {
        bail!("its SHA-256 is {digest}, not {sha256}");
    }
    let name = format!("gh_{VERSION}_linux_amd64/bin/gh");
    let mut entries = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    for entry in entries.entries()? {
        let entry = entry?;
        if entry.path_bytes() != name.as_bytes() || !entry.header().entry_type().is_file() {
            continue;
        }
        let mut bytes = Vec::new();
        entry.take(MOST_BYTES).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    bail!("there is no {name} in it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(name: &str, kind: tar::EntryType) -> Vec<u8> {
        let written = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(written);
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(7);
        header.set_mode(0o755);
        archive.append_data(&mut header, name, &b"program"[..]).unwrap();
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn only_the_known_archive_gives_a_program() {
        let name = format!("gh_{VERSION}_linux_amd64/bin/gh");
        let good = archive(&name, tar::EntryType::Regular);
        assert_eq!(program_in(&good, &sha256_hex(&good)).unwrap(), b"program");
        let other = program_in(&good, SHA256).unwrap_err().to_string();
        assert!(other.contains(SHA256), "{other}");
        let cut = good.get(..good.len() / 2).unwrap_or_default();
        for bad in [
            archive("elsewhere/gh", tar::EntryType::Regular),
            archive(&name, tar::EntryType::Symlink),
            cut.to_vec(),
            Vec::new(),
        ] {
            assert!(program_in(&bad, &sha256_hex(&bad)).is_err());
        }
    }
}

//! Walls around a gate that the kernel holds, where it lets this user have them.

use std::io::Error;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::gate::{Ended, GateCommand};
use super::manner::Manner;
use crate::interrupt::Interrupt;

/// How long a look at what the kernel allows may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Whether a gate can be cut off from the network here: looked at once, by doing it.
///
/// # Errors
/// Why it cannot, in a few words.
pub fn network() -> Result<(), &'static str> {
    static FOUND: OnceLock<Result<(), &'static str>> = OnceLock::new();
    let offline = || Manner { offline: true, ..Manner::default() };
    *FOUND.get_or_init(|| tried(offline(), "true", "no network namespaces for this user"))
}

/// Whether a gate can be kept from writing to its checkout here: looked at once, by doing it.
///
/// # Errors
/// Why it cannot, in a few words.
pub fn source() -> Result<(), &'static str> {
    static FOUND: OnceLock<Result<(), &'static str>> = OnceLock::new();
    let closed = || Manner { writable: Some(vec!["a".to_owned()]), ..Manner::default() };
    let script = "true > a/b && ! true > b";
    *FOUND.get_or_init(|| tried(closed(), script, "no mount namespaces for this user"))
}

/// Whether a script succeeds in that manner.
fn tried(manner: Manner, script: &str, not: &'static str) -> Result<(), &'static str> {
    if !cfg!(target_os = "linux") {
        return Err("only Linux has namespaces");
    }
    match started(manner, script) {
        Ok(Ended::Status(0)) => Ok(()),
        _ => Err(not),
    }
}

fn started(manner: Manner, script: &str) -> anyhow::Result<Ended> {
    GateCommand {
        argv: &["sh", "-c", script].map(str::to_owned),
        folder: crate::scratch::folder()?.path(),
        environment: &std::env::vars().filter(|(name, _)| name == "PATH").collect(),
        log: &crate::scratch::file()?,
        deadline: Instant::now() + LIMIT,
        interrupt: &Interrupt::default(),
        manner,
    }
    .run()
}

/// Raises walls around this process and all that it starts: off from every network but a
/// loopback of their own, and from all of the current folder but what is `writable`.
#[cfg(target_os = "linux")]
pub(super) fn raise(offline: bool, writable: Option<&[String]>) -> std::io::Result<()> {
    use rustix::thread::UnshareFlags;
    let mut own = UnshareFlags::empty();
    own.set(UnshareFlags::NEWNET, offline);
    own.set(UnshareFlags::NEWNS, writable.is_some());
    if own.is_empty() {
        return Ok(());
    }
    // Root needs no more. Anybody else first becomes root of a user namespace in which they
    // have the same numbers as before; what they start has none of root's rights.
    if unshared(own).is_err() {
        let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
        unshared(UnshareFlags::NEWUSER | own)?;
        let same = |number: u32| format!("{number} {number} 1\n");
        std::fs::write("/proc/self/uid_map", same(user.as_raw()))?;
        std::fs::write("/proc/self/setgroups", "deny")?;
        std::fs::write("/proc/self/gid_map", same(group.as_raw()))?;
    }
    if offline {
        raise_loopback()?;
    }
    writable.map_or(Ok(()), close_the_current_folder)
}

/// Walls are Linux's.
#[cfg(not(target_os = "linux"))]
pub(super) fn raise(offline: bool, writable: Option<&[String]>) -> std::io::Result<()> {
    let none = !offline && writable.is_none();
    none.then_some(()).ok_or_else(|| std::io::ErrorKind::Unsupported.into())
}

/// Mounts the current folder on itself, to be read only, and what is `writable` in it on
/// itself again, as it was.
#[cfg(target_os = "linux")]
fn close_the_current_folder(writable: &[String]) -> std::io::Result<()> {
    use rustix::fs::StatVfsMountFlags as Had;
    use rustix::mount::{
        MountFlags, MountPropagationFlags, mount_bind, mount_change, mount_remount,
    };
    let folder = std::env::current_dir()?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    mount_bind(&folder, &folder)?;
    for path in writable {
        let open = folder.join(path);
        // Before anything is made there: a link of the patch may lead elsewhere.
        let there = open.ancestors().find(|it| it.exists()).unwrap_or(&folder);
        if !there.canonicalize()?.starts_with(&folder) {
            let said = format!("{path} leads out of the checkout");
            return Err(Error::other(said));
        }
        if there != open {
            std::fs::create_dir_all(&open)?;
        }
        mount_bind(&open, &open)?;
    }
    // What a mount had before this namespace was made may not be left out.
    let had = rustix::fs::statvfs(&folder)?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    flags.set(MountFlags::NOSUID, had.contains(Had::NOSUID));
    flags.set(MountFlags::NODEV, had.contains(Had::NODEV));
    flags.set(MountFlags::NOEXEC, had.contains(Had::NOEXEC));
    mount_remount(&folder, flags, "")?;
    // Where this process is was below the mount, and not closed.
    std::env::set_current_dir(&folder)
}

#[cfg(target_os = "linux")]
#[expect(
    deprecated,
    reason = "its successor is unsafe for tables of files, which stay shared here"
)]
fn unshared(what: rustix::thread::UnshareFlags) -> std::io::Result<()> {
    Ok(rustix::thread::unshare(what)?)
}

/// Turns on the loopback device of a new network namespace, by rtnetlink(7).
#[cfg(target_os = "linux")]
fn raise_loopback() -> std::io::Result<()> {
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
    // Without a protocol, rtnetlink is meant: its number is 0.
    let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
    let socket = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None)?;
    rustix::net::send(&socket, &turn_on_the_first_device(), SendFlags::empty())?;
    let mut answer = [0; 256];
    let (count, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
    match refusal(&answer[..count]) {
        Some(0) => Ok(()),
        Some(number) => Err(Error::from_raw_os_error(number)),
        None => Err(std::io::ErrorKind::InvalidData.into()),
    }
}

/// A request to turn on the device of number 1, which is the loopback of every network
/// namespace, and to say whether that was done.
#[cfg(target_os = "linux")]
fn turn_on_the_first_device() -> Vec<u8> {
    const NEW_LINK: u16 = 16;
    const REQUEST_AND_ANSWER: u16 = 1 | 4;
    const UP: u32 = 1;
    // The header (length, kind, flags, number, sender), then the device: family and kind,
    // its number, its flags, and which of them are meant.
    let mut request = 32_u32.to_ne_bytes().to_vec();
    request.extend(NEW_LINK.to_ne_bytes());
    request.extend(REQUEST_AND_ANSWER.to_ne_bytes());
    for word in [1, 0, 0, 1, UP, UP] {
        request.extend(word.to_ne_bytes());
    }
    request
}

/// The number of the error in an answer; 0 where what was asked for is done.
#[cfg(target_os = "linux")]
fn refusal(answer: &[u8]) -> Option<i32> {
    const ERROR: u16 = 2;
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let number = i32::from_ne_bytes(answer.get(16..20)?.try_into().ok()?);
    (kind == ERROR).then_some(number.saturating_neg())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_form() {
        let answer = |kind: u16, number: i32| {
            let mut bytes = vec![0; 36];
            bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
            bytes[16..20].copy_from_slice(&number.to_ne_bytes());
            bytes
        };
        assert_eq!(refusal(&answer(2, 0)), Some(0));
        assert_eq!(refusal(&answer(2, -1)), Some(1));
        assert_eq!(refusal(&answer(2, i32::MIN)), Some(i32::MAX));
        assert_eq!(refusal(&answer(16, 0)), None);
        assert_eq!(refusal(&answer(2, 0)[..19]), None);
        assert_eq!(turn_on_the_first_device().len(), 32);
    }
}

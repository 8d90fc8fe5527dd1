//! `release`: from a candidate to a release that is deployed and proven.

use crate::support::releases::Released;

#[test]
fn the_whole_way() {
    let desk = Released::new();
    let show = |ran: crate::support::Ran| {
        println!("=== {}\n{}\n{}", ran.status, desk.shown(&ran.stdout), ran.stderr);
        ran.status
    };
    show(desk.rc(&[]));
    show(desk.rc(&["--execute"]));
    desk.merge_ledger();
    show(desk.rc(&["--execute"]));
    show(desk.xtask(&["release", "verify", "v1.4.0-rc.1"]));
    show(desk.ga(&[]));
    desk.hours(3);
    desk.says("ana", "approval", &desk.approval("ga"));
    show(desk.ga(&["--execute"]));
    desk.merge_ledger();
    show(desk.xtask(&[
        "release",
        "log",
        "deploy",
        "--env",
        "production",
        "--tag",
        "v1.4.0",
        "--result",
        "succeeded",
    ]));
    show(desk.xtask(&["release", "log"]));
    show(desk.xtask(&["release", "verify", "v1.4.0"]));
    show(desk.xtask(&["release", "verify", "v1.4.0", "--offline"]));
    show(desk.xtask(&["release", "verify", "main", "--offline"]));
    panic!("look");
}

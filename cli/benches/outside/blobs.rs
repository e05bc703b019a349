//! A large artifact on its way into the store.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::plane::Plane;
use crate::{say, timed};

const MIB: usize = 1024;

pub(crate) fn measure() {
    let plane = Plane::start(tempfile::tempdir().unwrap());
    let folder = plane.folder.path().to_path_buf();
    let mut file = fs::File::create(folder.join("large.bin")).unwrap();
    for i in 0..MIB {
        let mut block = vec![u8::try_from(i % 251).unwrap(); 1 << 20];
        block[..8].copy_from_slice(&(i as u64).to_be_bytes());
        file.write_all(&block).unwrap();
    }
    file.sync_all().unwrap();
    assert!(plane.run(&["att", "init", "--workflow", "large", "--project", "bench"]).status.success());
    let before = plane.memory_kib("VmHWM");
    let upload = timed(|| {
        let output = plane.run(&["att", "add", "--name", "large", "--kind", "ARTIFACT", "--value", "large.bin"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    });
    let grown = plane.memory_kib("VmHWM") - before;
    let plain = timed(|| {
        let script = "sha256sum large.bin && cp large.bin copy.bin && sync copy.bin";
        let status = Command::new("sh").args(["-c", script]).current_dir(&folder).stdout(Stdio::null()).status();
        assert!(status.unwrap().success());
    });
    say(&format!(
        "| `att add` of a 1 GiB artifact, server grows by {} MiB | {:.2} s | `sha256sum`, `cp` and `sync`: {:.2} s, ratio {:.2} |",
        grown / 1024,
        upload.as_secs_f64(),
        plain.as_secs_f64(),
        plain.as_secs_f64() / upload.as_secs_f64()
    ));
}

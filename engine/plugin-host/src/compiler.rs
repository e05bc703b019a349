use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use assay_base::text::{head, printable};
use assay_sandbox::{compile_component, native_target};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::PluginHostError;

/// The sub-command of the executable that runs [`compile_child`].
const SUBCOMMAND: &str = "plugin-compiler";

/// Largest component, in bytes: a Python interpreter has 18 MB.
pub(crate) const COMPONENT_BYTES: usize = 32 << 20;

/// What the compiling process may use: address space and bytes of a file, processor seconds, time on the wall.
const ADDRESS_BYTES: u64 = 2 << 30;
const FILE_BYTES: u64 = 512 << 20;
const CPU_SECONDS: u64 = 120;
const WALL: Duration = Duration::from_mins(3);

/// Time between two looks whether the process has ended.
const LOOK: Duration = Duration::from_millis(2);

/// Most of what the process says of a failure, in characters.
const REASON: usize = 500;

/// The work of the compiling process: reads a component from `input`, writes the compiled artifact to `output`.
///
/// Compiling what a stranger wrote may take long, take much memory, or make the compiler panic. So it happens in a process
/// of its own, which first limits itself: address space, processor time, size of a file.
///
/// # Errors
/// [`PluginHostError`] when the limits cannot be set, the component does not compile, or the streams break.
pub fn compile_child(input: impl Read, mut output: impl Write) -> Result<(), PluginHostError> {
    limit()?;
    let mut component = Vec::new();
    input.take(COMPONENT_BYTES as u64 + 1).read_to_end(&mut component).map_err(PluginHostError::Compiler)?;
    let code = compile_component(&component, &native_target())?;
    output.write_all(&code).and_then(|()| output.flush()).map_err(PluginHostError::Compiler)
}

fn limit() -> Result<(), PluginHostError> {
    let limits = [
        (Resource::As, ADDRESS_BYTES),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Fsize, FILE_BYTES),
        (Resource::Core, 0),
    ];
    for (resource, most) in limits {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|error| PluginHostError::Limit(error.into()))?;
    }
    Ok(())
}

/// How compiling ended without an artifact.
#[derive(Debug)]
pub(crate) enum NotCompiled {
    /// The component is to blame: why.
    Refused(String),
    /// The host is.
    Host(PluginHostError),
}

impl From<io::Error> for NotCompiled {
    fn from(error: io::Error) -> Self {
        Self::Host(PluginHostError::Compiler(error))
    }
}

/// Compiles `component` in a process of `executable`, with temporary files in `folder`. Blocks.
pub(crate) fn compile(executable: &Path, folder: &Path, component: &[u8]) -> Result<Vec<u8>, NotCompiled> {
    let mut input = tempfile::tempfile_in(folder)?;
    input.write_all(component)?;
    input.seek(SeekFrom::Start(0))?;
    let (output, errors) = (tempfile::tempfile_in(folder)?, tempfile::tempfile_in(folder)?);
    let mut child = Command::new(executable)
        .arg(SUBCOMMAND)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(output.try_clone()?))
        .stderr(Stdio::from(errors.try_clone()?))
        .spawn()?;
    match wait(&mut child)? {
        Some(status) if status.success() => Ok(read(output, FILE_BYTES)?),
        Some(status) => Err(NotCompiled::Refused(reason(status, &read(errors, 64 << 10)?))),
        None => Err(NotCompiled::Refused(format!("it does not compile within {} s", WALL.as_secs()))),
    }
}

/// Waits for the end; ends what takes too long.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= WALL {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

fn read(mut file: File, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn reason(status: ExitStatus, said: &[u8]) -> String {
    if status.code().is_none() {
        return "it does not compile within the limits of memory and time, or crashes the compiler".to_owned();
    }
    let said = String::from_utf8_lossy(said);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = said.join("; ");
    head(&printable(said.strip_prefix("error: ").unwrap_or(&said)), REASON)
}

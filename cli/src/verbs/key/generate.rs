use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use assay_base::Secret;
use assay_signer::{EncryptedKey, PrivateKey, SignerError};
use assay_wire::Exit;
use serde::Serialize;

use crate::context::Ctx;
use crate::error::CliError;
use crate::system::SystemEntropy;
use crate::ui::View;

/// Make a key pair to sign attestations with
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The private key is encrypted under the password in ASSAY_SIGNING_PASSWORD, or under one that you are asked for.\n\nExamples:\n  assay key generate --output release\n  ASSAY_SIGNING_PASSWORD=\"$(pass show signing)\" assay key generate --output release -o json"
)]
pub(crate) struct Args {
    /// What the files are called before .key and .pub
    #[arg(long, value_name = "PREFIX")]
    output: PathBuf,
}

#[derive(Debug, Serialize)]
struct Generated {
    key: String,
    public_key: String,
    key_id: String,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let (key_file, public_file) = (with_suffix(&args.output, ".key"), with_suffix(&args.output, ".pub"));
    refuse_existing(&[&key_file, &public_file])?;
    let password = new_password(ctx)?;
    let key = PrivateKey::generate().map_err(failed)?;
    let sealed =
        EncryptedKey::seal(&key, &password, &SystemEntropy).and_then(|sealed| sealed.to_pem()).map_err(failed)?;
    let public = key.public_key().to_pem().map_err(|error| {
        CliError::new(Exit::Unexpected, "key", "the public key cannot be written as PEM").because(error)
    })?;
    create(&key_file, 0o600, sealed.as_bytes())?;
    create(&public_file, 0o644, public.as_bytes())?;
    let generated = Generated {
        key: key_file.display().to_string(),
        public_key: public_file.display().to_string(),
        key_id: key.public_key().id().to_string(),
    };
    ctx.ui.answer(&generated, |made| {
        View::new().field("Private key", &made.key).field("Public key", &made.public_key).field("Key id", &made.key_id)
    })?;
    ctx.ui.hint(&format!("trust it: assay trust add --key {}", generated.public_key));
    Ok(Exit::Ok)
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut name = prefix.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn refuse_existing(files: &[&Path]) -> Result<(), CliError> {
    let there = files.iter().find(|file| file.symlink_metadata().is_ok());
    there.map_or(Ok(()), |file| {
        let message = format!("`{}` exists and is not overwritten", file.display());
        Err(CliError::new(Exit::Conflict, "file-exists", message).hint("choose another `--output`"))
    })
}

/// From the environment, or asked for twice on a terminal.
fn new_password(ctx: &Ctx) -> Result<Secret<String>, CliError> {
    if let Some(password) = ctx.env.get("ASSAY_SIGNING_PASSWORD") {
        return Ok(Secret::new(password.to_owned()));
    }
    let first = ctx.ui.ask_secret("Password of the new key")?.ok_or_else(no_password)?;
    let again = ctx.ui.ask_secret("The same again")?.ok_or_else(no_password)?;
    if first.expose().is_empty() {
        return Err(no_password());
    }
    if first == again { Ok(first) } else { Err(CliError::usage("the passwords differ")) }
}

fn no_password() -> CliError {
    CliError::usage("there is no password for the key").hint("set ASSAY_SIGNING_PASSWORD, or run this on a terminal")
}

fn failed(error: SignerError) -> CliError {
    CliError::new(Exit::Unexpected, error.code(), "the key cannot be made").because(error)
}

/// Writes a new file; one that is there, or a link, is an error.
fn create(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), CliError> {
    let open = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    open.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| CliError::file("write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let file = with_suffix(&dir.path().join("release.v1"), ".key");
        assert!(file.ends_with("release.v1.key"));
        create(&file, 0o600, b"old").unwrap();
        assert_eq!(refuse_existing(&[&file]).unwrap_err().exit(), Exit::Conflict);
        assert!(create(&file, 0o600, b"new").is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
    }
}

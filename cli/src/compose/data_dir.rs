use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use assay_base::{Entropy, Token};
use assay_signer::MasterKey;
use assay_wire::Exit;

use crate::error::CliError;
use crate::files::{self, Limit};

/// The folder with everything that a server keeps. It belongs to one process as long as this value lives.
#[derive(Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
    /// Holds the lock. The system ends it with the process, however that ends.
    _lock: File,
}

/// Where the key is that all keys of authorities are sealed under.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MasterKeyFrom<'a> {
    /// In the data directory; made when the directory is new.
    DataDir,
    /// In a file that somebody else looks after.
    File(&'a Path),
}

impl DataDir {
    /// Makes the folder when there is none, for its owner only, and takes it for this process.
    ///
    /// # Errors
    /// [`CliError`] with exit 9 when another process has it.
    pub(crate) fn open(root: &Path) -> Result<Self, CliError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(root);
        made.map_err(|error| CliError::file("make", root, error))?;
        let path = root.join("lock");
        let options = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let lock = options.map_err(|error| CliError::file("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("the data directory `{}` is in use by another server", root.display());
                Err(CliError::new(Exit::Conflict, "data-dir-in-use", message)
                    .hint("stop that server, or choose another directory with --data-dir"))
            }
            Err(TryLockError::Error(error)) => Err(CliError::file("lock", &path, error)),
        }
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("assay.db")
    }

    /// The folder of the blobs.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// The folder of components that were compiled here.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.root.join("plugins")
    }

    /// The owner's token of the first organization, for whoever started the server.
    pub(crate) fn keep_owner_token(&self, token: &Token) -> Result<(), CliError> {
        self.write("owner.token", format!("{}\n", token.expose()).as_bytes())
    }

    /// The URL by which certificates name this server when nobody says another one: `bound`, the address of the first
    /// start. A name that changed with every port would make another issuer of the same server.
    ///
    /// # Errors
    /// [`CliError`] when it can be neither read nor written.
    pub(crate) fn public_url(&self, bound: &str) -> Result<String, CliError> {
        match self.read("public-url")? {
            Some(known) => Ok(known),
            None => self.write("public-url", format!("{bound}\n").as_bytes()).map(|()| bound.to_owned()),
        }
    }

    /// The master key; a new one when the directory is new.
    ///
    /// # Errors
    /// [`CliError`] when it does not read, or when the database was made with a key that is gone.
    pub(crate) fn master_key(&self, from: MasterKeyFrom<'_>, entropy: &dyn Entropy) -> Result<MasterKey, CliError> {
        let text = match from {
            MasterKeyFrom::File(path) => Some(files::given_text(path, Limit::LINES)?),
            MasterKeyFrom::DataDir => self.read("secrets.key")?,
        };
        let Some(text) = text else { return self.new_master_key(entropy) };
        MasterKey::from_hex(&text).map_err(|error| {
            let message = "the file with the master key does not hold one";
            CliError::new(Exit::Invalid, "master-key", message).because(error)
        })
    }

    fn new_master_key(&self, entropy: &dyn Entropy) -> Result<MasterKey, CliError> {
        // The key is written before the database is made. One without the other has lost what it was sealed with.
        if self.database().exists() {
            let message =
                format!("`{}` is missing, and the database was made with it", self.root.join("secrets.key").display());
            return Err(CliError::new(Exit::Unexpected, "master-key", message)
                .hint("restore it from the backup, or name another file with ASSAY_SECRETS_KEY_FILE"));
        }
        let key = MasterKey::generate(entropy);
        self.write("secrets.key", format!("{}\n", key.to_hex().expose()).as_bytes())?;
        Ok(key)
    }

    fn read(&self, name: &str) -> Result<Option<String>, CliError> {
        let path = self.root.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim_end().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CliError::file("read", &path, error)),
        }
    }

    /// Writes a file for its owner only: whole and on disk, or not at all.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), CliError> {
        let path = self.root.join(name);
        let replace = || {
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.root)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            File::open(&self.root)?.sync_all()
        };
        replace().map_err(|error| CliError::file("write", &path, error))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use assay_base::TokenId;
    use uuid::Uuid;

    use super::*;
    use crate::system::SystemEntropy;

    fn open(root: &Path) -> DataDir {
        DataDir::open(root).unwrap()
    }

    #[test]
    fn a_directory_is_for_one_process_and_its_owner() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("a/b");
        let dir = open(&root);
        let error = DataDir::open(&root).unwrap_err();
        assert_eq!((error.exit(), error.code()), (Exit::Conflict, "data-dir-in-use"));
        assert!(error.message().contains("in use"));
        let token = Token::mint(TokenId::from_uuid(Uuid::nil()), &SystemEntropy);
        dir.keep_owner_token(&token).unwrap();
        dir.master_key(MasterKeyFrom::DataDir, &SystemEntropy).unwrap();
        for path in ["", "lock", "owner.token", "secrets.key"] {
            let mode = fs::metadata(root.join(path)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{path}: {mode:o}");
        }
        drop(dir);
        open(&root);
    }

    #[test]
    fn the_master_key_is_made_once_and_never_in_place_of_a_lost_one() {
        let root = tempfile::tempdir().unwrap();
        let dir = open(root.path());
        let key = |dir: &DataDir| dir.master_key(MasterKeyFrom::DataDir, &SystemEntropy).map(|key| key.to_hex());
        let first = key(&dir).unwrap();
        assert_eq!(first, key(&dir).unwrap());
        fs::write(dir.database(), b"").unwrap();
        fs::remove_file(root.path().join("secrets.key")).unwrap();
        assert_eq!(key(&dir).unwrap_err().code(), "master-key");
        let elsewhere = root.path().join("elsewhere");
        fs::write(&elsewhere, first.expose()).unwrap();
        let given = dir.master_key(MasterKeyFrom::File(&elsewhere), &SystemEntropy).unwrap();
        assert_eq!(given.to_hex(), first);
    }

    #[test]
    fn the_name_of_a_server_is_that_of_its_first_start() {
        let root = tempfile::tempdir().unwrap();
        let dir = open(root.path());
        assert_eq!(dir.public_url("http://127.0.0.1:1").unwrap(), "http://127.0.0.1:1");
        assert_eq!(dir.public_url("http://127.0.0.1:2").unwrap(), "http://127.0.0.1:1");
    }
}

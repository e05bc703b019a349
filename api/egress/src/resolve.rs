use std::io;
use std::net::IpAddr;

use async_trait::async_trait;

/// Where the addresses of a name come from.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of `host`, a name in ASCII without a dot at its end.
    ///
    /// # Errors
    /// What the resolver says when it has no answer.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the machine, with its hosts file and its search list.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use assay_ports::EgressError;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::error;
use crate::policy::{Blocked, Policy};
use crate::resolve::Resolve;
use crate::target::{Host, LOOPBACK};

/// The way from a host to a connection: who may be reached, and how long that is tried.
pub(crate) struct Way {
    pub(crate) policy: Policy,
    pub(crate) resolver: Arc<dyn Resolve>,
    /// Most time for the answer of a resolver, for a connection, and for a handshake, each.
    pub(crate) patience: Duration,
}

impl Way {
    /// A connection to an address of the host that was checked.
    pub(crate) async fn connect(&self, host: &Host, port: u16) -> Result<(TcpStream, SocketAddr), EgressError> {
        let addresses = self.addresses(host, port).await?;
        let deadline = Instant::now() + self.patience;
        let mut last = EgressError::Timeout(self.patience);
        for (i, address) in addresses.iter().enumerate() {
            // One that does not answer must not take the time of the others.
            let rest = u32::try_from(addresses.len() - i).unwrap_or(u32::MAX);
            let share = deadline.saturating_duration_since(Instant::now()) / rest;
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true).map_err(error::connect)?;
                    return Ok((stream, *address));
                }
                Ok(Err(error)) => last = error::connect(error),
                Err(_) => last = EgressError::Timeout(self.patience),
            }
        }
        Err(last)
    }

    /// The addresses of the host: all of them may be reached, or none is.
    async fn addresses(&self, host: &Host, port: u16) -> Result<Vec<SocketAddr>, EgressError> {
        host.check(&self.policy, port)?;
        let (name, addresses) = match host {
            Host::Address(address) => (None, vec![*address]),
            Host::Name(name) if host.is_localhost() => {
                let permitted = LOOPBACK.into_iter().filter(|a| self.policy.check(Some(name), *a, port).is_ok());
                (Some(name.as_str()), permitted.collect())
            }
            Host::Name(name) => (Some(name.as_str()), self.resolve(name).await?),
        };
        // One answer that is not allowed among others is the mark of somebody who rebinds a name.
        for address in &addresses {
            self.policy.check(name, *address, port).map_err(|blocked| host.refusal(port, blocked))?;
            if !self.policy.has(name, *address, port) && is_own(*address) {
                return Err(host.refusal(port, Blocked { what: "an address of this machine", permittable: true }));
            }
        }
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address.to_canonical(), port)).collect())
    }

    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, EgressError> {
        let none = || EgressError::Dns { host: name.to_owned() };
        let answer = timeout(self.patience, self.resolver.resolve(name)).await;
        let addresses = answer.map_err(|_| EgressError::Timeout(self.patience))?.map_err(|_| none())?;
        if addresses.is_empty() { Err(none()) } else { Ok(addresses) }
    }
}

/// Whether an interface of this machine has the address: then it is where the system would send from, too. Connecting a
/// socket for datagrams sends nothing.
fn is_own(address: IpAddr) -> bool {
    let unspecified = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let source = || {
        let socket = UdpSocket::bind(unspecified)?;
        socket.connect((address, 9))?;
        socket.local_addr()
    };
    source().is_ok_and(|source| source.ip() == address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_known_as_one() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        assert!(!is_own("192.0.2.1".parse().unwrap()));
    }
}

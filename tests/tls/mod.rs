//! Both sides of TLS for the name `localhost`.

use std::sync::Arc;

use csp::net::TcpStream;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A certificate that signs itself, and its key.
pub struct Identity {
    pub made: rcgen::CertifiedKey<rcgen::KeyPair>,
}

impl Identity {
    pub fn new() -> Identity {
        Identity { made: rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap() }
    }

    /// Makes streams the server's side of TLS.
    pub fn server(&self) -> impl Fn(TcpStream) -> StreamOwned<ServerConnection, TcpStream> + Clone + use<> {
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(self.made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.made.cert.der().clone()], key.into())
            .unwrap();
        let config = Arc::new(config);
        move |stream| StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream)
    }

    /// Makes a stream the client's side, which trusts this certificate.
    pub fn client(&self, stream: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.made.cert.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let session = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        StreamOwned::new(session, stream)
    }
}

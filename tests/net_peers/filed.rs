//! An identity in TLS as files, which peers want.

use std::fs;
use std::ops::Deref;

use crate::peer::Folder;
use crate::tls::Identity;

pub struct Filed {
    identity: Identity,
    folder: Folder,
}

impl Filed {
    pub fn new(name: &str) -> Filed {
        let (identity, folder) = (Identity::new(), Folder::new(name));
        fs::write(folder.join("certificate"), identity.made.cert.pem()).unwrap();
        fs::write(folder.join("key"), identity.made.signing_key.serialize_pem()).unwrap();
        Filed { identity, folder }
    }

    pub fn certificate(&self) -> String {
        self.file("certificate")
    }

    pub fn key(&self) -> String {
        self.file("key")
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

impl Deref for Filed {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

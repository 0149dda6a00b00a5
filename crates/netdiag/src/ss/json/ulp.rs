//! The protocol on top of TCP that the kernel speaks itself, shown with `-i`.

use netdiag_sockdiag::{Subflow as Path, Tls as Kernel, Ulp as Protocol, words};

use super::scalar::{Flags, Text};
use crate::json::record::record;

record! {
    /// A protocol on top of TCP (`INET_DIAG_ULP_INFO`).
    Ulp<'a> {
        /// Its name, for example `tls` or `mptcp` (`INET_ULP_INFO_NAME`).
        name: Text<'a>,
    } maybe {
        /// TLS in the kernel.
        tls: Tls,
        /// The MPTCP connection this one is a part of.
        subflow: Subflow,
    }
}

record! {
    /// TLS in the kernel (`TLS_INFO_*`).
    #[derive(Default)]
    Tls {
    } maybe {
        /// The version of TLS: `1.2`, `1.3`, or the number on the wire as `0x0305`.
        version: String,
        /// The cipher, for example `aes-gcm-128`; missing when its number is unknown, see `cipher_number`.
        cipher: &'static str,
        /// The cipher's number (`TLS_CIPHER_*`).
        cipher_number: u16,
        /// Who decrypts what is received.
        #[schemars(extend("enum" = words::TLS_CONFIGURATIONS.names().collect::<Vec<_>>()))]
        receive: &'static str,
        /// Who encrypts what is sent.
        #[schemars(extend("enum" = words::TLS_CONFIGURATIONS.names().collect::<Vec<_>>()))]
        send: &'static str,
        /// Whether files are sent without a copy, read only (`TLS_INFO_ZC_RO_TX`).
        zero_copy_send: bool,
        /// Whether records are expected without padding (`TLS_INFO_RX_NO_PAD`).
        no_padding_receive: bool,
    }
}

record! {
    /// A subflow's place in its MPTCP connection (`MPTCP_SUBFLOW_ATTR_*`).
    #[derive(Default)]
    Subflow {
    } maybe {
        /// How it came about and what it is for.
        flags: Flags,
        /// The peer's token.
        remote_token: u32,
        /// The number of the peer's address.
        remote_id: u8,
        /// This end's token.
        local_token: u32,
        /// The number of this end's address.
        local_id: u8,
        /// Place of the current mapping in the connection (`MPTCP_SUBFLOW_ATTR_MAP_SEQ`).
        map_seq: u64,
        /// Place of the current mapping in the subflow (`MPTCP_SUBFLOW_ATTR_MAP_SFSEQ`).
        map_subflow_seq: u32,
        /// Where the subflow's numbers begin (`MPTCP_SUBFLOW_ATTR_SSN_OFFSET`).
        ssn_offset: u32,
        /// Length of the current mapping (`MPTCP_SUBFLOW_ATTR_MAP_DATALEN`).
        map_bytes: u16,
    }
}

impl<'a> Ulp<'a> {
    pub(crate) fn new(ulp: Protocol<'a>) -> Option<Self> {
        let Protocol { name, tls, subflow } = ulp;
        Some(Self { name: Text(name?), tls: tls.map(Tls::new), subflow: subflow.map(Subflow::new) })
    }
}

impl Tls {
    fn new(tls: Kernel) -> Self {
        let configuration = |number: Option<u16>| words::TLS_CONFIGURATIONS.name(number?);
        Self {
            version: tls.version.map(version),
            cipher: tls.cipher.and_then(words::tls_cipher).map(|word| word.name),
            cipher_number: tls.cipher,
            receive: configuration(tls.rxconf),
            send: configuration(tls.txconf),
            zero_copy_send: Some(tls.zc_ro_tx),
            no_padding_receive: Some(tls.rx_no_pad),
        }
    }
}

fn version(number: u16) -> String {
    words::tls_version(number).map_or_else(|| format!("{number:#06x}"), str::to_owned)
}

impl Subflow {
    fn new(subflow: Path) -> Self {
        Self {
            flags: subflow.flags.map(|bits| Flags::new(bits, words::SUBFLOW_FLAGS)),
            remote_token: subflow.token_remote,
            remote_id: subflow.id_remote,
            local_token: subflow.token_local,
            local_id: subflow.id_local,
            map_seq: subflow.map_seq,
            map_subflow_seq: subflow.map_subflow_seq,
            ssn_offset: subflow.ssn_offset,
            map_bytes: subflow.map_data_len,
        }
    }
}

//! What runs between TCP and the program: `INET_DIAG_ULP_INFO`.
//!
//! The kernel names it always and tells more only of kernel TLS and of MPTCP, whose subflows are TCP sockets.

use crate::attr::Attrs;

/// The upper layer protocol of a TCP socket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ulp<'a> {
    /// What the kernel calls it: `tls`, `mptcp`, `smc`, `espintcp`.
    #[doc(alias = "INET_ULP_INFO_NAME")]
    pub name: Option<&'a [u8]>,
    /// What is known of the TLS connection, if it is one.
    #[doc(alias = "INET_ULP_INFO_TLS")]
    pub tls: Option<Tls>,
    /// What is known of the subflow, if it is one.
    #[doc(alias = "INET_ULP_INFO_MPTCP")]
    pub subflow: Option<Subflow>,
}

/// A TCP socket with kernel TLS.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tls {
    /// As on the wire: `0x0303` is TLS 1.2, `0x0304` TLS 1.3.
    #[doc(alias = "TLS_INFO_VERSION")]
    pub version: Option<u16>,
    /// By the kernel's number (`TLS_CIPHER_*`): 51 AES-GCM-128, 52 AES-GCM-256, 53 AES-CCM-128, 54 ChaCha20-Poly1305,
    /// 55 SM4-GCM, 56 SM4-CCM, 57 ARIA-GCM-128, 58 ARIA-GCM-256.
    #[doc(alias = "TLS_INFO_CIPHER")]
    pub cipher: Option<u16>,
    /// Who encrypts: 1 nobody yet, 2 the kernel, 3 the device, 4 the device by whole records.
    #[doc(alias = "TLS_INFO_TXCONF")]
    pub txconf: Option<u16>,
    /// Who decrypts, by the same numbers.
    #[doc(alias = "TLS_INFO_RXCONF")]
    pub rxconf: Option<u16>,
    /// Whether files are sent by the device without a copy.
    #[doc(alias = "TLS_INFO_ZC_RO_TX")]
    pub zc_ro_tx: bool,
    /// Whether the peer promised not to pad.
    #[doc(alias = "TLS_INFO_RX_NO_PAD")]
    pub rx_no_pad: bool,
    /// Most bytes of payload per record sent.
    #[doc(alias = "TLS_INFO_TX_MAX_PAYLOAD_LEN")]
    pub tx_max_payload_len: Option<u16>,
}

/// A TCP socket that is one path of an MPTCP connection.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Subflow {
    /// The peer's token for the connection.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_TOKEN_REM")]
    pub token_remote: Option<u32>,
    /// Our token for the connection.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_TOKEN_LOC")]
    pub token_local: Option<u32>,
    /// Where the subflow's sequence numbers began.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_RELWRITE_SEQ")]
    pub relative_write_seq: Option<u32>,
    /// First data sequence number of the current mapping.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_MAP_SEQ")]
    pub map_seq: Option<u64>,
    /// First subflow sequence number of the current mapping.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_MAP_SFSEQ")]
    pub map_subflow_seq: Option<u32>,
    /// What to subtract from TCP's sequence numbers to get the subflow's.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_SSN_OFFSET")]
    pub ssn_offset: Option<u32>,
    /// Bytes of the current mapping.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_MAP_DATALEN")]
    pub map_data_len: Option<u16>,
    /// By bit, from 0: capable (remote, local), join (remote, local), backup (remote, local), fully established,
    /// connected, mapping valid.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_FLAGS")]
    pub flags: Option<u32>,
    /// The peer's address, by its identifier.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_ID_REM")]
    pub id_remote: Option<u8>,
    /// Our address, by its identifier.
    #[doc(alias = "MPTCP_SUBFLOW_ATTR_ID_LOC")]
    pub id_local: Option<u8>,
}

impl<'a> Ulp<'a> {
    /// Reads the attributes inside `INET_DIAG_ULP_INFO`.
    pub fn new(attrs: Attrs<'a>) -> Self {
        let mut this = Self::default();
        for attr in attrs {
            match attr.kind {
                1 => this.name = Some(attr.text()),
                2 => this.tls = Some(Tls::new(attr.nested())),
                3 => this.subflow = Some(Subflow::new(attr.nested())),
                _ => {}
            }
        }
        this
    }
}

impl Tls {
    fn new(attrs: Attrs<'_>) -> Self {
        let mut this = Self::default();
        for attr in attrs {
            match attr.kind {
                1 => this.version = attr.u16(),
                2 => this.cipher = attr.u16(),
                3 => this.txconf = attr.u16(),
                4 => this.rxconf = attr.u16(),
                5 => this.zc_ro_tx = true,
                6 => this.rx_no_pad = true,
                7 => this.tx_max_payload_len = attr.u16(),
                _ => {}
            }
        }
        this
    }
}

impl Subflow {
    fn new(attrs: Attrs<'_>) -> Self {
        let mut this = Self::default();
        for attr in attrs {
            match attr.kind {
                1 => this.token_remote = attr.u32(),
                2 => this.token_local = attr.u32(),
                3 => this.relative_write_seq = attr.u32(),
                4 => this.map_seq = attr.u64(),
                5 => this.map_subflow_seq = attr.u32(),
                6 => this.ssn_offset = attr.u32(),
                7 => this.map_data_len = attr.u16(),
                8 => this.flags = attr.u32(),
                9 => this.id_remote = attr.u8(),
                10 => this.id_local = attr.u8(),
                _ => {}
            }
        }
        this
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr::tests::attr;

    #[test]
    fn tls_is_told_by_its_parts() {
        let tls = [
            attr(1, &0x0304u16.to_ne_bytes()),
            attr(2, &52u16.to_ne_bytes()),
            attr(3, &2u16.to_ne_bytes()),
            attr(4, &3u16.to_ne_bytes()),
            attr(6, &[]),
            attr(99, &[1]),
        ]
        .concat();
        let bytes = [attr(1, b"tls\0"), attr(0x8000 | 2, &tls)].concat();
        let ulp = Ulp::new(Attrs::new(&bytes));
        assert_eq!(ulp.name, Some(&b"tls"[..]));
        let expected = Tls {
            version: Some(0x0304),
            cipher: Some(52),
            txconf: Some(2),
            rxconf: Some(3),
            rx_no_pad: true,
            ..Tls::default()
        };
        assert_eq!(ulp.tls, Some(expected));
        assert!(ulp.subflow.is_none());
        for len in 0..bytes.len() {
            let _ = Ulp::new(Attrs::new(&bytes[..len]));
        }
    }

    #[test]
    fn a_subflow_is_told_by_its_parts() {
        let parts = [
            attr(1, &7u32.to_ne_bytes()),
            attr(2, &8u32.to_ne_bytes()),
            attr(3, &1u32.to_ne_bytes()),
            attr(4, &(1u64 << 40).to_ne_bytes()),
            attr(5, &2u32.to_ne_bytes()),
            attr(6, &3u32.to_ne_bytes()),
            attr(7, &4u16.to_ne_bytes()),
            attr(8, &0x1c1u32.to_ne_bytes()),
            attr(9, &[5]),
            attr(10, &[6]),
        ];
        let bytes = attr(3, &parts.concat());
        let subflow = Ulp::new(Attrs::new(&bytes)).subflow;
        let expected = Subflow {
            token_remote: Some(7),
            token_local: Some(8),
            relative_write_seq: Some(1),
            map_seq: Some(1 << 40),
            map_subflow_seq: Some(2),
            ssn_offset: Some(3),
            map_data_len: Some(4),
            flags: Some(0x1c1),
            id_remote: Some(5),
            id_local: Some(6),
        };
        assert_eq!(subflow, Some(expected));
    }
}

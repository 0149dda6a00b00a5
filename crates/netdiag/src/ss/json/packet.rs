//! Packet sockets: those that see frames instead of streams.

use netdiag_host::fields::Facts;
use netdiag_host::{ProcLine, Table};
use netdiag_sockdiag::packet::{Fanout as SharedBy, Info, Instruction, Ring};
use netdiag_sockdiag::{PacketSocket, State, ethertypes, words};

use super::fields::{Grouped, Memory};
use super::interface::Interface;
use super::process::Process;
use super::scalar::{Flags, StateWord};
use crate::json::record::record;
use crate::ss::details::Details;
use crate::ss::names::Names;

record! {
    /// A packet socket.
    Packet<'a> {
        /// The word of the Netid column: its type, with link headers or without.
        #[schemars(extend("enum" = ["p_raw", "p_dgr"]))]
        netid: &'static str,
        /// Always `packet`.
        #[schemars(extend("const" = "packet"))]
        family: &'static str,
        /// Always `unconnected`.
        state: StateWord,
        /// The protocol it takes: a number of Ethernet, 3 for all (`pdiag_num`).
        protocol: u16,
    } maybe {
        /// The protocol's name, unless `-n` is given.
        protocol_name: &'static str,
        /// Bytes allocated for frames not read yet (`SK_MEMINFO_RMEM_ALLOC`).
        recv_q: u32,
        /// The interface it is bound to (`pdi_index`); missing when it is bound to none.
        interface: Interface<'a>,
        /// User id, of the owner (`PACKET_DIAG_UID`).
        uid: u32,
        /// The inode that `/proc/PID/fd` links name (`pdiag_ino`).
        inode: u32,
        /// What tells this socket from every other since boot (`pdiag_cookie`); missing when it was read from `/proc`.
        cookie: u64,
        /// Version of the ring's layout (`pdi_version`).
        ring_version: u32,
        /// Frames at least this long are copied whole beside the ring (`pdi_copy_thresh`).
        copy_threshold_bytes: u32,
        /// What is switched on (`pdi_flags`): `running`, `auxdata`, `origdev`, `vnethdr`, `loss`.
        flags: Flags,
        /// Ring of received frames (`PACKET_DIAG_RX_RING`).
        rx_ring: PacketRing,
        /// Ring of frames to send (`PACKET_DIAG_TX_RING`).
        tx_ring: PacketRing,
        /// The group that shares its traffic (`PACKET_DIAG_FANOUT`).
        fanout: Fanout,
        /// Its filter, with `-b` and only for `CAP_NET_ADMIN` (`PACKET_DIAG_FILTER`).
        filter: Vec<BpfInstruction>,
        /// Memory, with `-m`.
        memory: Memory<'a>,
        /// Who holds it, with `-p`; missing when nobody was found, which can be for want of privilege.
        processes: Vec<Process<'a>>,
    }
}

record! {
    /// A ring shared with the process (`struct packet_diag_ring`).
    PacketRing {
        /// Size of a block (`pdr_block_size`).
        block_bytes: u32,
        /// Number of blocks (`pdr_block_nr`).
        blocks: u32,
        /// Size of a frame (`pdr_frame_size`).
        frame_bytes: u32,
        /// Number of frames (`pdr_frame_nr`).
        frames: u32,
        /// After how long a block is handed over although it is not full (`pdr_retire_tmo`).
        retire_timeout_us: u64,
        /// Features, in bits (`pdr_features`).
        features: u32,
    }
}

record! {
    /// A group of sockets that share traffic.
    Fanout {
        /// Its number.
        id: u16,
    } maybe {
        /// How traffic is shared; missing when the number is unknown, see `mode_number`.
        #[schemars(extend("enum" = words::FANOUTS.names().collect::<Vec<_>>()))]
        mode: &'static str,
        /// The number of how traffic is shared (`PACKET_FANOUT_*`).
        mode_number: u16,
    }
}

record! {
    /// One instruction of a filter (`struct sock_filter`).
    BpfInstruction {
        /// What to do.
        code: u16,
        /// Instructions to skip if true.
        jt: u8,
        /// Instructions to skip if false.
        jf: u8,
        /// Operand.
        k: u32,
    }
}

impl<'a> Packet<'a> {
    pub(crate) fn new(
        socket: &PacketSocket<'a>,
        facts: &'a Facts<'a>,
        names: &'a mut Names,
        details: Details,
    ) -> Self {
        let info = socket.info();
        Self {
            netid: Table::of_packet(socket.kind()).netid(),
            family: "packet",
            state: StateWord(State::CLOSE),
            protocol: socket.protocol(),
            protocol_name: ethertypes::name(socket.protocol()).filter(|_| !names.numeric()),
            recv_q: socket.mem_info().and_then(|info| info.rmem_alloc()),
            interface: info
                .and_then(Info::interface)
                .and_then(|index| Interface::new(index, &mut names.interfaces)),
            uid: socket.uid(),
            inode: Some(socket.inode()).filter(|&inode| inode != 0),
            cookie: ProcLine::of(socket.attrs).is_none().then(|| socket.cookie()),
            ring_version: info.and_then(Info::version),
            copy_threshold_bytes: info.and_then(Info::copy_threshold),
            flags: info.and_then(Info::flags).map(|bits| Flags::new(bits, words::PACKET_FLAGS)),
            rx_ring: socket.rx_ring().map(PacketRing::new),
            tx_ring: socket.tx_ring().map(PacketRing::new),
            fanout: socket.fanout().map(Fanout::new),
            filter: socket
                .filter()
                .filter(|_| details.bpf)
                .map(|program| program.map(BpfInstruction::new).collect()),
            memory: Memory::new(facts).filter(|_| details.memory),
            processes: Process::all(names.owners.as_deref(), socket.inode()),
        }
    }
}

impl PacketRing {
    fn new(ring: Ring) -> Self {
        Self {
            block_bytes: ring.block_size,
            blocks: ring.blocks,
            frame_bytes: ring.frame_size,
            frames: ring.frames,
            retire_timeout_us: u64::from(ring.retire_timeout) * 1000,
            features: ring.features,
        }
    }
}

impl Fanout {
    fn new(fanout: SharedBy) -> Self {
        let mode = words::FANOUTS.name(fanout.kind);
        Self { id: fanout.id, mode, mode_number: Some(fanout.kind).filter(|_| mode.is_none()) }
    }
}

impl BpfInstruction {
    fn new(instruction: Instruction) -> Self {
        let Instruction { code, jt, jf, k } = instruction;
        Self { code, jt, jf, k }
    }
}

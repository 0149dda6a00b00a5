//! `ss -s` under both of its names, from files that say what a kernel would.
//!
//! As `ss` it computes with the whole machine's numbers, because upstream does; as `netdiag ss` it does not.

use snapbox::str;

use crate::session::{Surroundings, reads};

#[test]
fn counts_that_cannot_be_read() {
    let surroundings =
        Surroundings { environment: &[("PROC_ROOT", "/nonexistent")], ..Surroundings::default() };
    let sessions =
        [["ss", "-s"].as_slice(), &["netdiag", "ss", "-s"]].map(|words| surroundings.session(words));
    reads(
        &sessions.concat(),
        str![[r#"
$ ss -s
Total: 0
TCP:   0 (estab 0, closed 0, orphaned 0, timewait 0)

Transport Total     IP        IPv6
RAW	  0         0         0        
UDP	  0         0         0        
TCP	  0         0         0        
INET	  0         0         0        
FRAG	  0         0         0        

---- stderr
ss: get_sockstat: No such file or directory
ss: get_snmpstat: No such file or directory
$ netdiag ss -s
---- stderr
netdiag: /nonexistent/net/sockstat: No such file or directory
---- exit status: 1

"#]],
    );
}

#[test]
fn counts_of_another_place() {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("net")).unwrap();
    let files = [
        (
            "sockstat",
            "sockets: used 18\nTCP: inuse 5 orphan 1 tw 2 alloc 98 mem 1\nUDP: inuse 4\nRAW: inuse 0\n",
        ),
        ("snmp", "Tcp: CurrEstab\nTcp: 3\n"),
        (
            "tcp",
            "  sl  local_address rem_address   st\n\
             0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 33 0 71 1 0 20 4 30 10 -1\n\
             1: 0100007F:1F90 0200000A:9C40 08 0:0 00:0 0 33 0 72 1 0 20 4 30 10 -1\n\
             2: 0100007F:1F90 0200000A:9C41 08 0:0 00:0 0 33 0 73 1 0 20 4 30 10 -1\n",
        ),
        ("raw", "  sl  local_address rem_address   st\n"),
        ("udp", "  sl  local_address rem_address   st\n"),
        ("unix", "Num RefCount Protocol Flags Type St Inode Path\n"),
    ];
    files.iter().for_each(|(name, text)| std::fs::write(place.path().join("net").join(name), text).unwrap());
    let environment = [("PROC_ROOT", place.path().to_str().unwrap())];
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    let json = ["netdiag", "ss", "-s", "--format", "json"];
    let table = ["netdiag", "ss", "-s", "--format", "table"];
    let calls = [["ss", "-s"].as_slice(), &["netdiag", "ss", "-s"], &table, &json];
    reads(
        &calls.map(|words| surroundings.session(words)).concat(),
        str![[r#"
$ ss -s
Total: 18
TCP:   100 (estab 3, closed 95, orphaned 1, timewait 2)

Transport Total     IP        IPv6
RAW	  0         0         0        
UDP	  4         4         0        
TCP	  5         5         0        
INET	  9         9         0        
FRAG	  0         0         0        

$ netdiag ss -s
Total: 18
TCP:   7 (estab 3, timewait 2); whole machine: allocated 98, orphaned 1

Transport Total     IP        IPv6
RAW	  0         0         0        
UDP	  4         4         0        
TCP	  5         5         0        
INET	  9         9         0        
FRAG	  ?         ?         0        

State       TCP       UDP       RAW       UNIX
CLOSE-WAIT  2         0         0         0
LISTEN      1         0         0         0

$ netdiag ss -s --format table
Total: 18
TCP:   7 (estab 3, timewait 2); whole machine: allocated 98, orphaned 1

Transport  Total  IP  IPv6
RAW            0   0     0
UDP            4   4     0
TCP            5   5     0
INET           9   9     0
FRAG           ?   ?     0

State       TCP  UDP  RAW  UNIX
CLOSE-WAIT    2    0    0     0
LISTEN        1    0    0     0
$ netdiag ss -s --format json
{"schema":"netdiag.ss/1","netdiag":"0.1.0","time":"[..]Z","sockets":[
],"end_time":"[..]Z","complete":true,"notices":[],"count":0,"summary":{"in_use":{"tcp":{"inet":5,"inet6":0},"udp":{"inet":4,"inet6":0},"raw":{"inet":0,"inet6":0},"frag":{"inet6":0}},"states":{"tcp":{"close-wait":2,"listening":1},"udp":{},"raw":{},"unix":{}},"all_sockets":18,"tcp_established":3,"tcp_time_wait":2,"machine_tcp_allocated":98,"machine_tcp_orphaned":1}}

"#]],
    );
}

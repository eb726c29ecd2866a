package main

// judged are the pairs that a peer alone has and that a person compared with the record: theirs is wrong. The rule that we give for a pair
// is our own word, so that it acquits nobody by itself: a pair that is not here counts as missed.
var judged = map[pair]bool{
	{"pkg:deb/debian/ca-certificates@20190110?distro=debian-10.1", "DLA-2593-1"}:     true,
	{"pkg:deb/debian/dbus@1.12.20-2?arch=amd64&distro=debian-11", "DLA-3142-1"}:      true,
	{"pkg:deb/debian/git@1:2.20.1-2?distro=debian-10.1", "DSA-5332-1"}:               true,
	{"pkg:deb/debian/git@1:2.20.1-2?distro=debian-10.1", "DSA-5357-1"}:               true,
	{"pkg:deb/debian/libxml2@2.9.4%2Bdfsg1-7%2Bb3?distro=debian-10.1", "DSA-5271-1"}: true,
	{"pkg:deb/debian/openssl@1.1.1d-0%2Bdeb10u2?distro=debian-10.1", "DSA-5343-1"}:   true,
	{"pkg:deb/debian/tzdata@2019b-0%2Bdeb10u1?distro=debian-10.1", "DLA-1957-1"}:     true,
	{"pkg:deb/debian/tzdata@2019b-0%2Bdeb10u1?distro=debian-10.1", "DLA-2424-1"}:     true,
	{"pkg:deb/debian/tzdata@2019b-0%2Bdeb10u1?distro=debian-10.1", "DLA-2509-1"}:     true,
	{"pkg:deb/debian/tzdata@2019b-0%2Bdeb10u1?distro=debian-10.1", "DLA-2542-1"}:     true,
	{"pkg:deb/debian/tzdata@2019b-0%2Bdeb10u1?distro=debian-10.1", "DLA-2797-1"}:     true,
	{"pkg:deb/debian/tzdata@2019b-0%2Bdeb10u1?distro=debian-10.1", "DLA-2963-1"}:     true,
	{"pkg:deb/debian/tzdata@2019b-0%2Bdeb10u1?distro=debian-10.1", "DLA-3051-1"}:     true,
	{"pkg:deb/debian/util-linux@2.33.1-0.1?distro=debian-10.1", "DSA-5055-1"}:        true,
	{"pkg:golang/go.etcd.io/etcd/client@v3.5.9#v3", "CVE-2026-73500"}:                true,
	{"pkg:golang/go.etcd.io/etcd/client@v3.5.9#v3", "GO-2026-6107"}:                  true,
	{"pkg:npm/jquery@1.10.2", "CVE-2019-5428"}:                                       true,
	{"pkg:npm/jquery@1.10.2", "NSWG-ECO-496"}:                                        true,
	{"pkg:npm/jquery@2.1.4", "NSWG-ECO-496"}:                                         true,
}

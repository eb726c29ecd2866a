package ident

import "testing"

func TestFoldName(t *testing.T) {
	for _, c := range []struct{ ecosystem, in, want string }{
		{PyPI, "PDF_Miner.Six", "pdf-miner-six"}, {PyPI, "a-_.b", "a-b"}, {PyPI, "Pillow", "pillow"},
		{NuGet, "Boot.Strap", "boot.strap"}, {Packagist, "Laravel/Framework", "laravel/framework"},
		{Go, "github.com/Azure/go-ntlmssp", "github.com/azure/go-ntlmssp"}, {NPM, "JSONStream", "JSONStream"},
		{Maven, "HTTPClient:HTTPClient", "HTTPClient:HTTPClient"}, {CratesIO, "Foo-Bar", "foo_bar"},
		{SwiftURL, "https://github.com/Vapor/vapor.git", "github.com/vapor/vapor"}, {RedHat, "PyYAML", "PyYAML"},
		{Debian, "curl", "curl"},
	} {
		got := FoldName(c.ecosystem, c.in)
		if got != c.want || FoldName(c.ecosystem, got) != got {
			t.Errorf("%s %s: got %s, want %s", c.ecosystem, c.in, got, c.want)
		}
	}
}

func TestParseEcosystem(t *testing.T) {
	for _, c := range []struct{ in, base, release string }{
		{"npm", NPM, ""}, {"PIP", PyPI, ""}, {"crates.io", CratesIO, ""}, {"RubyGems", RubyGems, ""},
		{"Debian:12", Debian, "12"}, {"Debian:6.0", Debian, "6.0"}, {"Debian:3.1", Debian, "3.1"}, {"Debian", Debian, ""},
		{"Debian:bookworm", Debian, "12"},
		{"Ubuntu:22.04:LTS", Ubuntu, "22.04"}, {"Ubuntu:25.10", Ubuntu, "25.10"}, {"Ubuntu:Pro:18.04:LTS", Ubuntu, "Pro:18.04"},
		{"Ubuntu:Pro:FIPS-updates:20.04:LTS", Ubuntu, "Pro:FIPS-updates:20.04"},
		{"Alpine:v3.18", Alpine, "v3.18"}, {"Alpine:edge", Alpine, "edge"}, {"Alpaquita:stream", Alpaquita, "stream"},
		{"AlmaLinux:8", AlmaLinux, "8"}, {"Rocky Linux:9.2", RockyLinux, "9"},
		{"Red Hat:rhel_aus:8.4::appstream", RedHat, "8"}, {"Red Hat:enterprise_linux:8::appstream", RedHat, "8"},
		{"Red Hat:openshift:4.12::el8", RedHat, "8"}, {"Red Hat:openshift:4.12", RedHat, "openshift:4.12"},
		{"SUSE:Linux Enterprise Server 15 SP5", SUSE, "15.5"}, {"SUSE:Linux Enterprise Micro 5.3", SUSE, "micro-5.3"},
		{"SUSE:Linux Enterprise Server 15", SUSE, "15"},
		{"openSUSE:Leap 15.5", OpenSUSE, "15.5"}, {"openSUSE:Tumbleweed", OpenSUSE, "tumbleweed"},
		{"Packagist:https://packages.drupal.org/8", Packagist, ""}, {"Photon OS:4.0", PhotonOS, "4.0"},
		{"openEuler:22.03-LTS-SP1", OpenEuler, "22.03-LTS-SP1"}, {"Made Up:1", "Made Up", ""},
	} {
		base, release := ParseEcosystem(c.in)
		if base != c.base || release != c.release {
			t.Errorf("%s: got %q %q, want %q %q", c.in, base, release, c.base, c.release)
		}
	}
}

func TestRedHatStream(t *testing.T) {
	for in, want := range map[string]string{"Red Hat:rhel_aus:8.6::appstream": "rhel_aus:8.6",
		"Red Hat:enterprise_linux:8::appstream": "", "Debian:12": ""} {
		if got := RedHatStream(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestParseDistro(t *testing.T) {
	for _, c := range []struct{ in, ecosystem, release string }{
		{"debian-12", Debian, "12"}, {"debian-12.5", Debian, "12"}, {"bookworm", Debian, "12"}, {"debian-bookworm", Debian, "12"},
		{"debian-11.6", Debian, "11"}, {"Debian GNU/Linux 12 (bookworm)", Debian, "12"}, {"debian:10.10", Debian, "10"},
		{"debian-sid", Debian, "sid"}, {"ubuntu-22.04", Ubuntu, "22.04"}, {"jammy", Ubuntu, "22.04"}, {"Ubuntu 22.04.3 LTS", Ubuntu, "22.04"},
		{"alpine-3.18.4", Alpine, "v3.18"}, {"3.18.4", "", "3.18.4"}, {"v3.18", "", "v3.18"}, {"alpine-edge", Alpine, "edge"},
		{"alpine-v3.9", Alpine, "v3.9"}, {"rhel-8.6", RedHat, "8"}, {"redhat-7.9", RedHat, "7"}, {"el8", RedHat, "8"},
		{"Red Hat Enterprise Linux 9.2 (Plow)", RedHat, "9"}, {"centos-7", RedHat, "7"}, {"almalinux-9.2", AlmaLinux, "9"},
		{"rocky-8.5", RockyLinux, "8"}, {"rocky-linux-8-4-legacy", RockyLinux, "8"}, {"sles-15.5", SUSE, "15.5"},
		{"opensuse-leap-15.3", OpenSUSE, "15.3"}, {"opensuse-tumbleweed-20240101", OpenSUSE, "tumbleweed"},
		{"sle-micro-5.3", SUSE, "micro-5.3"}, {"photon-4", PhotonOS, "4.0"}, {"mariner-2.0", AzureLinux, "2"},
		{"fedora-31", Fedora, "31"}, {"amzn-2", AmazonLinux, "2"}, {"wolfi-20230201", Wolfi, ""}, {"", "", ""}, {"gentoo", "", ""},
	} {
		ecosystem, release := parseDistro(c.in)
		if ecosystem != c.ecosystem || release != c.release {
			t.Errorf("%q: got %q %q, want %q %q", c.in, ecosystem, release, c.ecosystem, c.release)
		}
	}
}

func TestIdentify(t *testing.T) {
	for _, c := range []struct {
		in                                 Input
		ecosystem, release, name, version  string
		notCovered, uncertain, displayName string
		epochMissing                       bool
	}{
		{in: Input{PURL: "pkg:npm/%40babel/core@7.1.0"}, ecosystem: NPM, name: "@babel/core", version: "7.1.0", displayName: "@babel/core"},
		{in: Input{PURL: "pkg:pypi/PDF_Miner.Six@20240101"}, ecosystem: PyPI, name: "pdf-miner-six", version: "20240101"},
		{in: Input{PURL: "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar"}, ecosystem: Maven,
			name: "org.apache.logging.log4j:log4j-core", version: "2.14.1", displayName: "org.apache.logging.log4j:log4j-core"},
		{in: Input{PURL: "pkg:maven/log4j@1.2", Group: "log4j"}, ecosystem: Maven, name: "log4j:log4j", version: "1.2"},
		{in: Input{PURL: "pkg:golang/github.com/Masterminds/goutils@v1.1.0"}, ecosystem: Go, name: "github.com/masterminds/goutils",
			version: "v1.1.0", displayName: "github.com/Masterminds/goutils"},
		{in: Input{PURL: "pkg:golang/go.etcd.io/etcd/client@v3.5.9#pkg/v3"}, ecosystem: Go, name: "go.etcd.io/etcd/client/pkg/v3", version: "v3.5.9"},
		{in: Input{PURL: "pkg:golang/go.opentelemetry.io/otel/exporters@v1.21.0#otlp/otlptrace", Name: "go.opentelemetry.io/otel/exporters/otlp/otlptrace"},
			ecosystem: Go, name: "go.opentelemetry.io/otel/exporters/otlp/otlptrace", version: "v1.21.0"},
		{in: Input{PURL: "pkg:golang/google.golang.org/genproto@v1.0.0#googleapis/api"}, ecosystem: Go, name: "google.golang.org/genproto", version: "v1.0.0"},
		{in: Input{PURL: "pkg:golang/github.com/golang/protobuf%40v1.5.2"}, ecosystem: Go, name: "github.com/golang/protobuf", version: "v1.5.2"},
		{in: Input{PURL: "pkg:nuget/StyleCop.Analyzers%401.1.118"}, ecosystem: NuGet, name: "stylecop.analyzers", version: "1.1.118"},
		{in: Input{PURL: "pkg:brew/postgresql%4012@12.17"}, ecosystem: Homebrew, name: "postgresql@12", version: "12.17"},
		{in: Input{PURL: "pkg:brew/postgresql%4012"}, ecosystem: Homebrew, name: "postgresql@12", notCovered: NotCoveredNoVersion},
		{in: Input{PURL: "pkg:gem/active", Version: "UNKNOWN"}, ecosystem: RubyGems, name: "active", notCovered: NotCoveredNoVersion},
		{in: Input{PURL: "pkg:gem/active@", Version: "7.0.0"}, ecosystem: RubyGems, name: "active", version: "7.0.0"},
		{in: Input{PURL: "pkg:composer/acme/app@dev-master"}, ecosystem: Packagist, name: "acme/app", version: "dev-master", notCovered: NotCoveredBadVersion},
		{in: Input{PURL: "pkg:golang/stdlib@go1.21rc2"}, ecosystem: Go, name: "stdlib", version: "1.21.0-rc.2"},
		{in: Input{PURL: "pkg:golang/std@1.20.3"}, ecosystem: Go, name: "stdlib", version: "1.20.3"},
		{in: Input{PURL: "pkg:golang/x.org/tools@(devel)"}, ecosystem: Go, name: "x.org/tools", notCovered: NotCoveredNoVersion},
		{in: Input{PURL: "pkg:cargo/rand@0.7.2"}, ecosystem: CratesIO, name: "rand", version: "0.7.2"},
		{in: Input{PURL: "pkg:dotnet-core/Newtonsoft.Json@12.0.1"}, ecosystem: NuGet, name: "newtonsoft.json", version: "12.0.1"},
		{in: Input{PURL: "pkg:dotnet/Newtonsoft.Json@12.0.1"}, ecosystem: NuGet, name: "newtonsoft.json", version: "12.0.1"},
		{in: Input{PURL: "pkg:gem/nokogiri@1.13.6-x86_64-linux"}, ecosystem: RubyGems, name: "nokogiri", version: "1.13.6"},
		{in: Input{PURL: "pkg:gem/nokogiri@1.13.6?platform=java"}, ecosystem: RubyGems, name: "nokogiri", version: "1.13.6"},
		{in: Input{PURL: "pkg:composer/laravel/framework@v5.5.0"}, ecosystem: Packagist, name: "laravel/framework", version: "5.5.0"},
		{in: Input{PURL: "pkg:hex/jason@1.1.2"}, ecosystem: Hex, name: "jason", version: "1.1.2"},
		{in: Input{PURL: "pkg:swift/github.com/apple/swift-nio@2.0.0"}, ecosystem: SwiftURL, name: "github.com/apple/swift-nio", version: "2.0.0"},
		{in: Input{PURL: "pkg:github/actions/checkout@v4"}, ecosystem: GitHubActions, name: "actions/checkout", version: "v4", uncertain: UncertainFloating, notCovered: ""},
		{in: Input{PURL: "pkg:bitnami/wordpress@6.2.0?distro=debian-12"}, ecosystem: Bitnami, name: "wordpress", version: "6.2.0"},

		{in: Input{PURL: "pkg:deb/debian/libcurl4@7.74.0-1.3+deb11u7?arch=amd64&upstream=curl&distro=debian-11"},
			ecosystem: Debian, release: "11", name: "curl", version: "7.74.0-1.3+deb11u7", displayName: "libcurl4"},
		{in: Input{PURL: "pkg:deb/debian/mawk@1.3.3-17+b3?distro=debian-11.6"}, ecosystem: Debian, release: "11", name: "mawk", version: "1.3.3-17"},
		{in: Input{PURL: "pkg:deb/debian/libgcc-s1@10.2.1-6?upstream=gcc-10%4010.2.1-5"}, ecosystem: Debian, name: "gcc-10", version: "10.2.1-5", uncertain: UncertainRelease},
		{in: Input{PURL: "pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.10?distro=jammy", SourceName: "openssl", SourceVersion: "3.0.2-0ubuntu1.9"},
			ecosystem: Ubuntu, release: "22.04", name: "openssl", version: "3.0.2-0ubuntu1.9"},
		{in: Input{PURL: "pkg:deb/ubuntu/curl@1.0-1", Distro: "Ubuntu 22.04.3 LTS"}, ecosystem: Ubuntu, release: "22.04", name: "curl", version: "1.0-1"},
		{in: Input{PURL: "pkg:deb/debian/curl@1.0-1", Distro: "ubuntu-22.04"}, ecosystem: Debian, name: "curl", version: "1.0-1", uncertain: UncertainRelease},
		{in: Input{PURL: "pkg:deb/curl@1.0-1ubuntu3"}, ecosystem: Ubuntu, name: "curl", version: "1.0-1ubuntu3", uncertain: UncertainRelease},
		{in: Input{PURL: "pkg:apk/alpine/libcrypto3@3.0.8-r0?arch=x86_64&upstream=openssl&distro=alpine-3.17.2"},
			ecosystem: Alpine, release: "v3.17", name: "openssl", version: "3.0.8-r0"},
		{in: Input{PURL: "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.18.4"}, ecosystem: Alpine, release: "v3.18", name: "musl", version: "1.2.4-r2"},
		{in: Input{PURL: "pkg:alpine/zlib@1.2.12-r3?distro=alpine-3.16.2"}, ecosystem: Alpine, release: "v3.16", name: "zlib", version: "1.2.12-r3"},
		{in: Input{PURL: "pkg:apk/unknown/alpine-keys@2.4-r1"}, ecosystem: Alpine, name: "alpine-keys", version: "2.4-r1", uncertain: UncertainRelease},
		{in: Input{PURL: "pkg:apk/wolfi/curl@8.0.1-r0?distro=wolfi-20230201"}, ecosystem: Wolfi, name: "curl", version: "8.0.1-r0"},
		{in: Input{PURL: "pkg:rpm/redhat/audit-libs@3.1.2-1.el8?distro=rhel-8.10&upstream=audit-3.1.2-1.el8.src.rpm"},
			ecosystem: RedHat, release: "8", name: "audit-libs", version: "3.1.2-1.el8", epochMissing: true},
		{in: Input{PURL: "pkg:rpm/rhel/bash@4.2.46-33.el7?distro=rhel-7.7&epoch=0"}, ecosystem: RedHat, release: "7", name: "bash", version: "0:4.2.46-33.el7"},
		{in: Input{PURL: "pkg:rpm/redhat/readline@8.1-4.el9?arch=s390x"}, ecosystem: RedHat, release: "9", name: "readline", version: "8.1-4.el9",
			uncertain: UncertainGuessed, epochMissing: true},
		{in: Input{PURL: "pkg:rpm/rocky/libxml2-python@2.9-1.el8?distro=rocky-8.5&epoch=0&upstream=libxml2-2.9-1.el8.src.rpm"},
			ecosystem: RockyLinux, release: "8", name: "libxml2", version: "0:2.9-1.el8"},
		{in: Input{PURL: "pkg:rpm/almalinux/bind@32:9.11-1.el8?distro=almalinux-8.7"}, ecosystem: AlmaLinux, release: "8", name: "bind", version: "32:9.11-1.el8"},
		{in: Input{PURL: "pkg:rpm/centos/bash@4.2-1.el7?distro=centos-7&epoch=0"}, ecosystem: RedHat, release: "7", name: "bash", version: "0:4.2-1.el7", uncertain: UncertainRebuild},
		{in: Input{PURL: "pkg:rpm/fedora/bash@5.0-1.fc31?distro=fedora-31&epoch=0"}, ecosystem: Fedora, release: "31", name: "bash", version: "0:5.0-1.fc31", notCovered: NotCoveredUnknownEcosystem},
		{in: Input{PURL: "pkg:rpm/opensuse/curl@8.0-1?distro=opensuse-leap-15.5&epoch=0"}, ecosystem: OpenSUSE, release: "15.5", name: "curl", version: "0:8.0-1"},

		{in: Input{PURL: "pkg:oci/debian@sha256:12"}, version: "sha256:12", notCovered: NotCoveredUnknownEcosystem},
		{in: Input{PURL: "npm:left@1"}, notCovered: NotCoveredBadPURL},
		{in: Input{Name: "left", Version: "1"}, notCovered: NotCoveredNoPURL, displayName: "left"},
		{in: Input{Group: "acme", Name: "left", CPEs: []string{"cpe:/a:acme:left:1"}}, notCovered: NotCoveredCPEOnly, displayName: "acme/left"},
	} {
		got := Identify(c.in)
		want := Package{c.ecosystem, c.release, c.name}
		if got.Package != want || got.Version != c.version {
			t.Errorf("%+v: got %+v %q, want %+v %q", c.in, got.Package, got.Version, want, c.version)
		}
		if got.NotCovered != c.notCovered || got.Uncertain != c.uncertain || got.EpochMissing != c.epochMissing {
			t.Errorf("%+v: got %q %q %v, want %q %q %v", c.in, got.NotCovered, got.Uncertain, got.EpochMissing, c.notCovered, c.uncertain, c.epochMissing)
		}
		if c.displayName != "" && got.DisplayName != c.displayName {
			t.Errorf("%+v: display name %q, want %q", c.in, got.DisplayName, c.displayName)
		}
	}
}

func TestModuleOfAnRPM(t *testing.T) {
	plain := Input{PURL: "pkg:rpm/almalinux/nodejs@14.17.2-1.module_el8.4.0+2500+1?distro=almalinux-8.4"}
	for _, tc := range []struct {
		qualifiers, label, want string
	}{
		{"&rpmmod=nodejs:14:8040020210817133458:522a0ee4", "", "nodejs:14"}, {"&rpmmod=nodejs:14", "", "nodejs:14"},
		{"&modularitylabel=nodejs:14:8040020210817133458:522a0ee4", "", "nodejs:14"}, {"", "nodejs:14:1:2", "nodejs:14"},
		{"&rpmmod=nodejs:14", "nodejs:16", "nodejs:14"}, {"", "", ""}, {"", "(none)", ""}, {"", "nodejs", ""}, {"", ":14", ""}, {"", "nodejs:", ""},
	} {
		in := plain
		in.PURL, in.Module = in.PURL+tc.qualifiers, tc.label
		if got := Identify(in); got.Module != tc.want || tc.label != "" && (got.Key != Identify(Input{PURL: in.PURL}).Key) != (tc.want != "" && tc.qualifiers == "") {
			t.Errorf("%+v: module %q, want %q; and it is part of the key where it is one", tc, got.Module, tc.want)
		}
	}
	if got := Identify(Input{PURL: "pkg:deb/debian/nodejs@14?distro=debian-12&rpmmod=nodejs:14"}); got.Module != "" {
		t.Errorf("a deb has module %q", got.Module)
	}
}

func TestIdentityKey(t *testing.T) {
	a := Identify(Input{PURL: "pkg:deb/debian/curl@1-1?arch=amd64&distro=debian-12&package-id=1", CPEs: []string{"a", "b"}})
	b := Identify(Input{PURL: "pkg:deb/debian/curl@1-1?distro=debian-12&arch=amd64&package-id=2", CPEs: []string{"b", "a", "a"}})
	if a.Key != b.Key || a.PURL != b.PURL {
		t.Errorf("%s and %s are one component", a.PURL, b.PURL)
	}
	if c := Identify(Input{PURL: a.PURL, CPEs: []string{"ab"}}); c.Key == a.Key {
		t.Error("the CPEs are not part of the key")
	}
}

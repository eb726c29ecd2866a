package ident_test

import (
	"slices"
	"testing"

	"github.com/threatwerk/threatwerk/internal/ident"
)

func TestTracesHaveOneSpelling(t *testing.T) {
	t.Parallel()
	hash := func(s string) (ident.Trace, bool) { return ident.HashTrace(s) }
	host := func(s string) (ident.Trace, bool) { return ident.HostTrace(s) }
	url := func(s string) (ident.Trace, bool) { return ident.URLTrace(s) }
	for _, tc := range []struct {
		read func(string) (ident.Trace, bool)
		in   string
		kind ident.TraceKind
		want string // empty: no trace
	}{
		{hash, "D41D8CD98F00B204E9800998ECF8427E", ident.TraceHash, "d41d8cd98f00b204e9800998ecf8427e"},
		{hash, " da39a3ee5e6b4b0d3255bfef95601890afd80709\n", ident.TraceHash, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{hash, "00000000000000000000000000000000", "", ""},
		{hash, "d41d8cd98f00b204e9800998ecf8427", "", ""},
		{hash, "zz1d8cd98f00b204e9800998ecf8427e", "", ""},
		{host, "Evil.Example.", ident.TraceHost, "evil.example"},
		{host, "evil[.]example", ident.TraceHost, "evil.example"},
		{host, "203.0.113[.]7", ident.TraceHost, "203.0.113.7"},
		{host, "2001:DB8:0::1", ident.TraceHost, "2001:db8::1"},
		{host, "::ffff:203.0.113.7", ident.TraceHost, "203.0.113.7"},
		{host, "localhost", "", ""},
		{host, "evil.example/x", "", ""},
		{host, "", "", ""},
		{url, "HTTPS://user:pw@Evil.example:443/A/b?q=1#top", ident.TraceURL, "evil.example/A/b?q=1"},
		{url, "hxxp://evil[.]example:8080/x", ident.TraceURL, "evil.example:8080/x"},
		{url, "evil.example/x", ident.TraceURL, "evil.example/x"},
		{url, "http://evil.example/", ident.TraceHost, "evil.example"},
		{url, "git+https://evil.example/a.git", ident.TraceURL, "evil.example/a.git"},
		{url, "scm:git:git://evil.example/a.git", ident.TraceURL, "evil.example/a.git"},
		{url, "git@evil.example:a/b.git", "", ""},
		{url, "NOASSERTION", "", ""},
		{url, "http://[::1", "", ""},
	} {
		got, ok := tc.read(tc.in)
		if ok != (tc.want != "") || got.Text != tc.want || got.Kind != tc.kind {
			t.Errorf("%q: %v %t, want %s %q", tc.in, got, ok, tc.kind, tc.want)
		}
	}
}

func TestADomainIsFoundByItsHosts(t *testing.T) {
	t.Parallel()
	dl, _ := ident.HostTrace("a.dl.evil.example")
	var names []string
	for _, d := range ident.Domains(dl) {
		names = append(names, d.Text)
	}
	if want := []string{"dl.evil.example", "evil.example"}; !slices.Equal(names, want) {
		t.Errorf("domains %v, want %v", names, want)
	}
	evil, _ := ident.HostTrace("evil.example")
	if ident.Domains(dl)[1].Key() != evil.Key() || dl.Key() == evil.Key() {
		t.Error("a domain's key is not that of the host of its name")
	}
	address, _ := ident.HostTrace("203.0.113.7")
	if ident.Domains(address) != nil {
		t.Error("an address has no domain")
	}
	page, _ := ident.URLTrace("https://evil.example:8443/x")
	if ident.URLHost(page) != evil {
		t.Errorf("host %v", ident.URLHost(page))
	}
	if got := ident.TracesOf("evil.example"); len(got) != 2 {
		t.Errorf("readings %v", got)
	}
}

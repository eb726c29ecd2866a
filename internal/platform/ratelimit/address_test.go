package ratelimit

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		proxies      int
		want         string
	}{
		{"no proxy", "192.0.2.1:5000", nil, 0, "192.0.2.1"},
		{"no proxy, a header made up", "192.0.2.1:5000", []string{"198.51.100.1"}, 0, "192.0.2.1"},
		{"one proxy", "10.0.0.1:5000", []string{"198.51.100.1"}, 1, "198.51.100.1"},
		{"one proxy, entries made up", "10.0.0.1:5000", []string{"1.1.1.1, 2.2.2.2, 198.51.100.1"}, 1, "198.51.100.1"},
		{"one proxy, headers made up", "10.0.0.1:5000", []string{"1.1.1.1", "2.2.2.2,198.51.100.1"}, 1, "198.51.100.1"},
		{"two proxies", "10.0.0.1:5000", []string{"1.1.1.1, 198.51.100.1, 203.0.113.7"}, 2, "198.51.100.1"},
		{"two proxies in two headers", "10.0.0.1:5000", []string{"198.51.100.1", "203.0.113.7"}, 2, "198.51.100.1"},
		{"fewer entries than proxies", "10.0.0.1:5000", []string{"198.51.100.1"}, 2, "198.51.100.1"},
		{"no header behind a proxy", "10.0.0.1:5000", nil, 1, "10.0.0.1"},
		{"an empty header", "10.0.0.1:5000", []string{""}, 1, "10.0.0.1"},
		{"nonsense", "10.0.0.1:5000", []string{"unknown"}, 1, "10.0.0.1"},
		{"nonsense beside", "10.0.0.1:5000", []string{"<script>, 198.51.100.1"}, 1, "198.51.100.1"},
		{"with a port", "10.0.0.1:5000", []string{"198.51.100.1:443"}, 1, "198.51.100.1"},
		{"IPv6 with a port", "10.0.0.1:5000", []string{"[2001:db8::1]:443"}, 1, "2001:db8::1"},
		{"IPv6 in brackets", "10.0.0.1:5000", []string{"[2001:db8::1]"}, 1, "2001:db8::1"},
		{"IPv6 bare", "10.0.0.1:5000", []string{"2001:db8::1"}, 1, "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.1]:5000", nil, 0, "192.0.2.1"},
		{"a zone", "[fe80::1%eth0]:5000", nil, 0, "fe80::1"},
		{"a socket", "@", nil, 0, "invalid IP"},
		{"a long header", "10.0.0.1:5000", []string{strings.Repeat("1.1.1.1,", 5000) + "198.51.100.1"}, 1, "198.51.100.1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		for _, v := range c.forwarded {
			r.Header.Add("X-Forwarded-For", v)
		}
		if got := Address(r, c.proxies).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestANetworkIsOneCaller(t *testing.T) {
	t.Parallel()
	key := func(text string) string { return AddressKey(netip.MustParseAddr(text)) }
	if key("2001:db8:1:2::1") != key("2001:db8:1:2:ffff::9") || key("2001:db8:1:2::1") == key("2001:db8:1:3::1") {
		t.Error("an IPv6 network of 64 bits is not one caller")
	}
	if key("192.0.2.1") == key("192.0.2.2") {
		t.Error("two IPv4 addresses are one caller")
	}
	if AddressKey(netip.Addr{}) == "" {
		t.Error("an unknown address has no key")
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("10.0.0.1:1", "1.1.1.1, 2.2.2.2", 1)
	f.Add("@", "[::1]:x,,", 3)
	f.Fuzz(func(t *testing.T, remote, forwarded string, proxies int) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		a := Address(r, proxies)
		if a.Zone() != "" || AddressKey(a) == "" {
			t.Errorf("%v", a)
		}
		if proxies <= 0 && a != Address(&http.Request{RemoteAddr: remote}, 0) {
			t.Error("the header counted without proxies")
		}
	})
}

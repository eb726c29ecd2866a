package ratelimit

import (
	"net/http"
	"net/netip"
	"strings"
)

// Address is the client's address as seen behind exactly this many trusted proxies; the zero Addr when it cannot be told.
//
// Each proxy appends to X-Forwarded-For whom it was asked by, so the entry that counts is the one that the outermost trusted proxy
// wrote: the last for one proxy, the last but one for two. Whatever stands left of it was sent by the client and may be made up.
// Without proxies the header is not looked at. A request that passed fewer proxies than said, such as a load balancer's own health
// check, counts as the outermost address that a proxy wrote, or as the connection's.
func Address(r *http.Request, proxies int) netip.Addr {
	connected := parseAddress(r.RemoteAddr)
	if proxies <= 0 {
		return connected
	}
	entries := forwardedFor(r.Header)
	if len(entries) == 0 {
		return connected
	}
	if a := parseAddress(entries[max(0, len(entries)-proxies)]); a.IsValid() {
		return a
	}
	return connected
}

// maxEntries bounds the work that a long header makes; far fewer proxies than that can be trusted.
const maxEntries = 32

// forwardedFor are the last entries of all X-Forwarded-For headers, in their order.
func forwardedFor(h http.Header) []string {
	var entries []string
	values := h.Values("X-Forwarded-For")
	for i := len(values) - 1; i >= 0 && len(entries) < maxEntries; i-- {
		rest := values[i]
		for len(entries) < maxEntries {
			cut := strings.LastIndexByte(rest, ',')
			entries = append(entries, strings.TrimSpace(rest[cut+1:]))
			if cut < 0 {
				break
			}
			rest = rest[:cut]
		}
	}
	for i, j := 0, len(entries)-1; i < j; i, j = i+1, j-1 {
		entries[i], entries[j] = entries[j], entries[i]
	}
	return entries
}

// parseAddress reads an address with or without a port; a load balancer may be told to keep the client's port.
func parseAddress(text string) netip.Addr {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// networkBits is what one customer of an IPv6 provider has at least; every address below it is theirs to choose.
const networkBits = 64

// AddressKey names the caller that an address stands for: an IPv4 address, or an IPv6 network of 64 bits.
func AddressKey(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return "address unknown"
	case a.Is4():
		return "address " + a.String()
	}
	prefix, err := a.Prefix(networkBits)
	if err != nil {
		return "address unknown"
	}
	return "address " + prefix.String()
}

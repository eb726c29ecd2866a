package ident

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// TraceKind says what sort of thing a trace is.
type TraceKind string

// The kinds of trace. TraceDomain is the host above one that is named: example.com for dl.example.com.
const (
	TraceHash   TraceKind = "hash"
	TraceURL    TraceKind = "url"
	TraceHost   TraceKind = "host" // a name or an IP address
	TraceDomain TraceKind = "domain"
	TraceOther  TraceKind = "other" // compared as text
)

// Trace is something that both attacks and packages are known by, in one spelling however it was written: without
// brackets around dots, without the scheme of a URL, in lower case where case means nothing.
type Trace struct {
	Kind TraceKind
	Text string
}

// Key is a 64-bit fingerprint, so that traces compare and are indexed as numbers. A domain has the key of the host of
// that name.
func (t Trace) Key() int64 {
	kind := t.Kind
	if kind == TraceDomain {
		kind = TraceHost
	}
	sum := sha256.Sum256([]byte(string(kind) + "\x00" + t.Text))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// maxTrace bounds the text of a trace in bytes; a longer value is none.
const maxTrace = 4096

var refang = strings.NewReplacer("[.]", ".", "(.)", ".", "[dot]", ".", "[:]", ":", "[://]", "://", "[/]", "/")

// HashTrace reads a digest in hexadecimal digits, of MD5, SHA-1, SHA-256, SHA-384 or SHA-512, or says that it is none.
func HashTrace(value string) (Trace, bool) {
	value = strings.ToLower(strings.TrimSpace(value))
	switch len(value) {
	case 32, 40, 64, 96, 128:
	default:
		return Trace{}, false
	}
	if _, err := hex.DecodeString(value); err != nil || strings.Trim(value, value[:1]) == "" {
		return Trace{}, false // all zeros is how tools say that they have none
	}
	return Trace{TraceHash, value}, true
}

var hostName = regexp.MustCompile(`^[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}_])?(\.[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}_])?)+$`)

// HostTrace reads a host name with at least one dot or an IP address, or says that it is neither.
func HostTrace(value string) (Trace, bool) {
	value = strings.TrimSuffix(strings.ToLower(refang.Replace(strings.TrimSpace(value))), ".")
	if address, err := netip.ParseAddr(strings.Trim(value, "[]")); err == nil {
		return Trace{TraceHost, address.Unmap().WithZone("").String()}, true
	}
	if len(value) > 253 || !hostName.MatchString(value) {
		return Trace{}, false
	}
	return Trace{TraceHost, value}, true
}

// URLTrace reads a URL, with or without a scheme. One without path and query says no more than its host, which it then
// is. The scheme, user, fragment and default port do not count.
func URLTrace(value string) (Trace, bool) {
	value = refang.Replace(strings.TrimSpace(value))
	if value == "" || len(value) > maxTrace {
		return Trace{}, false
	}
	for _, vcs := range []string{"scm:", "git:", "git+", "svn+", "hg+", "bzr+"} {
		if rest, ok := cutFold(value, vcs); ok && !strings.HasPrefix(rest, "//") {
			value = rest
		}
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil {
		return Trace{}, false
	}
	host, ok := HostTrace(u.Hostname())
	if !ok {
		return Trace{}, false
	}
	where := host.Text
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		where += ":" + port
	}
	path := u.EscapedPath()
	if (path == "" || path == "/") && u.RawQuery == "" {
		return host, true
	}
	if path == "" {
		path = "/"
	}
	where += path
	if u.RawQuery != "" {
		where += "?" + u.RawQuery
	}
	return Trace{TraceURL, where}, true
}

// URLHost is the host of a URL as URLTrace reads it.
func URLHost(t Trace) Trace {
	host, _, _ := strings.Cut(t.Text, "/")
	if t.Kind == TraceURL && strings.Count(host, ":") == 1 {
		host, _, _ = strings.Cut(host, ":")
	}
	return Trace{TraceHost, host}
}

// Domains are the names above a host, the nearest first, down to two labels; none above an address.
func Domains(host Trace) []Trace {
	if _, err := netip.ParseAddr(host.Text); err == nil {
		return nil
	}
	var out []Trace
	for name := host.Text; len(out) < 4; {
		_, name, _ = strings.Cut(name, ".")
		if !strings.Contains(name, ".") {
			break
		}
		out = append(out, Trace{TraceDomain, name})
	}
	return out
}

// TextTrace is any other value, compared without regard to case and to white space around it.
func TextTrace(value string) (Trace, bool) {
	value = strings.ToLower(strings.TrimSpace(value))
	return Trace{TraceOther, value}, value != "" && len(value) <= maxTrace
}

// TracesOf are all the readings of a value of which nobody says what it is.
func TracesOf(value string) []Trace {
	var out []Trace
	if t, ok := HashTrace(value); ok {
		out = append(out, t)
	}
	if t, ok := HostTrace(value); ok {
		out = append(out, t)
	} else if t, ok := URLTrace(value); ok {
		out = append(out, t)
	}
	if t, ok := TextTrace(value); ok {
		out = append(out, t)
	}
	return out
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

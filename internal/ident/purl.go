package ident

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// ErrBadPURL is wrapped by every error of ParsePURL, BuildPURL and CheckPURL; the text after it says what is wrong.
var ErrBadPURL = errors.New("unreadable package URL")

// maxPURL bounds a package URL in bytes: the longest met in real documents is below 2 KiB.
const maxPURL = 8 << 10

// PURL is a package URL in its decoded, canonical parts (ECMA-427, "purl-spec").
type PURL struct {
	Type       string
	Namespace  string // segments joined by "/"
	Name       string
	Version    string
	Qualifiers map[string]string // keys in lower case; nil if there are none
	Subpath    string
}

// ParsePURL reads a package URL as tools write them and brings it to its canonical parts. Beyond the specification it
// accepts white space around it, any case of the scheme, "pkg://", a literal "@" in front of an npm scope, "&amp;"
// and ";" between qualifiers where that is unambiguous, stray percent signs, and the type rules of the
// specification that only a strict reader needs (CheckPURL) are not asked. Errors wrap ErrBadPURL.
func ParsePURL(s string) (PURL, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxPURL {
		return PURL{}, fmt.Errorf("%w: longer than %d bytes", ErrBadPURL, maxPURL)
	}
	scheme, rest, found := strings.Cut(s, ":")
	if !found || !strings.EqualFold(scheme, "pkg") {
		return PURL{}, fmt.Errorf("%w: the scheme pkg is missing", ErrBadPURL)
	}
	var p PURL
	var err error
	if i := strings.LastIndexByte(rest, '#'); i >= 0 {
		if p.Subpath, err = decodeSubpath(rest[i+1:]); err != nil {
			return PURL{}, err
		}
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '?'); i >= 0 {
		if p.Qualifiers, err = decodeQualifiers(rest[i+1:]); err != nil {
			return PURL{}, err
		}
		rest = rest[:i]
	}
	rest = strings.Trim(rest, "/")
	typ, rest, found := strings.Cut(rest, "/")
	if !found {
		return PURL{}, fmt.Errorf("%w: no type and name", ErrBadPURL)
	}
	p.Type = typ
	path, version := cutVersion(strings.TrimLeft(rest, "/"))
	if p.Version, err = decode(version); err != nil {
		return PURL{}, err
	}
	segments := strings.Split(strings.TrimRight(path, "/"), "/")
	if strings.HasSuffix(path, "/") && version != "" {
		return PURL{}, fmt.Errorf("%w: no name", ErrBadPURL)
	}
	if p.Name, err = decode(segments[len(segments)-1]); err != nil {
		return PURL{}, err
	}
	if p.Namespace, err = decodeNamespace(segments[:len(segments)-1]); err != nil {
		return PURL{}, err
	}
	if p, err = p.normalised(); err != nil {
		return PURL{}, err
	}
	// Percent signs make up to three bytes of one.
	if len(s) > maxPURL/3 && len(p.String()) > maxPURL {
		return PURL{}, fmt.Errorf("%w: longer than %d bytes in its canonical form", ErrBadPURL, maxPURL)
	}
	return p, nil
}

// BuildPURL makes a canonical package URL of decoded parts, as a reader has them that finds them apart. Qualifiers
// without a value are left out. Errors wrap ErrBadPURL.
func BuildPURL(p PURL) (PURL, error) {
	q := make(map[string]string, len(p.Qualifiers))
	for key, value := range p.Qualifiers {
		key = strings.ToLower(key)
		if !validKey(key) {
			return PURL{}, fmt.Errorf("%w: qualifier key %q", ErrBadPURL, key)
		}
		if value != "" {
			q[key] = value
		}
	}
	p.Qualifiers = q
	if len(q) == 0 {
		p.Qualifiers = nil
	}
	p.Namespace = strings.Trim(p.Namespace, "/")
	p.Subpath = cleanSubpath(strings.Split(p.Subpath, "/"))
	return p.normalised()
}

// String is the canonical form; equal package URLs have equal strings.
func (p PURL) String() string {
	var b strings.Builder
	b.Grow(len(p.Name) + len(p.Namespace) + len(p.Version) + 32)
	b.WriteString("pkg:")
	b.WriteString(p.Type)
	b.WriteByte('/')
	if p.Namespace != "" {
		escape(&b, p.Namespace, true)
		b.WriteByte('/')
	}
	escape(&b, p.Name, p.Type == "git")
	if p.Version != "" {
		b.WriteByte('@')
		escape(&b, p.Version, false)
	}
	if len(p.Qualifiers) > 0 {
		keys := make([]string, 0, len(p.Qualifiers))
		for key := range p.Qualifiers {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for i, key := range keys {
			b.WriteByte("?&"[min(i, 1)])
			b.WriteString(key)
			b.WriteByte('=')
			escape(&b, p.Qualifiers[key], false)
		}
	}
	if p.Subpath != "" {
		b.WriteByte('#')
		escape(&b, p.Subpath, true)
	}
	return b.String()
}

// cutVersion parts a decoded path from its version at the last "@" that can be one: an "@" that opens a segment
// followed by another is an unescaped npm scope.
func cutVersion(s string) (path, version string) {
	i := strings.LastIndexByte(s, '@')
	if i < 0 || ((i == 0 || s[i-1] == '/') && strings.Contains(s[i:], "/")) {
		return s, ""
	}
	return s[:i], s[i+1:]
}

func decodeNamespace(segments []string) (string, error) {
	kept := make([]string, 0, len(segments))
	for _, segment := range segments {
		segment, err := decode(segment)
		if err != nil {
			return "", err
		}
		if segment != "" {
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/"), nil
}

func decodeSubpath(s string) (string, error) {
	segments := strings.Split(s, "/")
	for i, segment := range segments {
		decoded, err := decode(segment)
		if err != nil {
			return "", err
		}
		segments[i] = decoded
	}
	return cleanSubpath(segments), nil
}

// cleanSubpath drops empty and dot segments (purl-spec, "Rules for each purl component").
func cleanSubpath(segments []string) string {
	kept := make([]string, 0, len(segments))
	for _, segment := range segments {
		if segment != "" && segment != "." && segment != ".." {
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/")
}

func decodeQualifiers(s string) (map[string]string, error) {
	var q map[string]string
	for _, pair := range strings.Split(s, "&") {
		key, value, _ := strings.Cut(pair, "=")
		// Documents that were escaped for XML once too often.
		key = strings.TrimPrefix(strings.ToLower(key), "amp;")
		if key == "" || value == "" {
			continue
		}
		if !validKey(key) {
			return nil, fmt.Errorf("%w: qualifier key %q", ErrBadPURL, key)
		}
		value, err := decode(value)
		if err != nil {
			return nil, err
		}
		if q == nil {
			q = make(map[string]string)
		}
		if _, twice := q[key]; !twice {
			q[key] = value
		}
	}
	return q, nil
}

func validKey(key string) bool {
	for i := range len(key) {
		c := key[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_')) {
			return false
		}
	}
	return key != ""
}

func validType(typ string) bool {
	for i := range len(typ) {
		c := typ[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+')) {
			return false
		}
	}
	return typ != ""
}

// decode resolves percent escapes; one that is none stays as it is. NUL and bytes that are not UTF-8 are refused, as
// no database column can hold them.
func decode(s string) (string, error) {
	if strings.IndexByte(s, '%') >= 0 {
		b := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] == '%' && i+2 < len(s) {
				high, low := unhex(s[i+1]), unhex(s[i+2])
				if high >= 0 && low >= 0 {
					b = append(b, byte(high<<4|low))
					i += 2
					continue
				}
			}
			b = append(b, s[i])
		}
		s = string(b)
	}
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return "", fmt.Errorf("%w: it holds bytes that are no text", ErrBadPURL)
	}
	return s, nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// escape writes s with every byte percent-encoded but the unreserved ones of RFC 3986, the colon, and, where the part
// is a path, the slash.
func escape(b *strings.Builder, s string, path bool) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '.', c == '_', c == '~', c == ':', path && c == '/':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

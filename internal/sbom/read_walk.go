package sbom

import (
	"strings"
	"unicode/utf8"
)

// kind is the shape of the value a walker stands on.
type kind int

const (
	kindNull kind = iota
	kindScalar
	kindList
	kindObject
)

// walker pulls one document, value by value, without ever holding it whole. JSON, XML and YAML each have one, so that
// CycloneDX and SPDX are each read by one piece of code. A callback that leaves its value untouched skips it.
type walker interface {
	kind() kind
	// object calls fn for each member; XML gives attributes first, then child elements, then "#text".
	object(fn func(key string) error) error
	// list calls fn for each item. In XML the items are the child elements of that name; with an empty name the
	// element stands for one item itself, because such lists repeat the element instead of wrapping it.
	list(item string, fn func(i int) error) error
	// text gives a scalar as text, trimmed to maxText; null is "".
	text() (string, error)
	skip() error
	// where is the JSON pointer or "line N" of the value the walker stands on.
	where() string
}

// texts reads a list of scalars.
func texts(w walker, item string, limit int) ([]string, error) {
	var out []string
	err := w.list(item, func(int) error {
		s, err := w.text()
		if s != "" && len(out) < limit {
			out = append(out, s)
		}
		return err
	})
	return out, err
}

// oneOrMany reads a list, or a single value in its place where a format allows either.
func oneOrMany(w walker, fn func(i int) error) error {
	if w.kind() == kindList {
		return w.list("", fn)
	}
	return fn(0)
}

// member reads an object and hands one member's text to the caller, ignoring the rest.
func member(w walker, name string) (string, error) {
	var out string
	err := w.object(func(key string) error {
		if key != name {
			return nil
		}
		s, err := w.text()
		out = s
		return err
	})
	return out, err
}

// clean makes text storable: valid UTF-8 without NUL, which PostgreSQL cannot hold, and without outer white space.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

package ident

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/osv-scalibr/semantic"
)

// ErrUnreadable says that an ecosystem's order cannot read a version, so that a comparison would be a guess.
var ErrUnreadable = errors.New("version cannot be read by the order of its ecosystem")

// Version is a version read once, for comparing with many.
type Version struct {
	text string
	sem  semantic.Version
}

// String is the version as it was given.
func (v Version) String() string { return v.text }

// ParseVersion reads a version by the order of its ecosystem.
func ParseVersion(ecosystem, s string) (Version, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Version{}, fmt.Errorf("%w: it is empty", ErrUnreadable)
	}
	sem, err := semantic.Parse(s, ecosystem)
	if err != nil {
		return Version{}, fmt.Errorf("%w: %q in %s: %w", ErrUnreadable, s, ecosystem, err)
	}
	return Version{text: s, sem: sem}, nil
}

// Compare returns -1, 0 or +1.
func (v Version) Compare(w Version) int {
	c, err := v.sem.Compare(w.sem)
	if err != nil {
		return strings.Compare(v.text, w.text)
	}
	return c
}

// Compare orders two versions of an ecosystem.
func Compare(ecosystem, a, b string) (int, error) {
	v, err := ParseVersion(ecosystem, a)
	if err != nil {
		return 0, err
	}
	w, err := ParseVersion(ecosystem, b)
	if err != nil {
		return 0, err
	}
	return v.Compare(w), nil
}

// trimGemPlatform drops a platform from the end of a gem's version.
func trimGemPlatform(version string) string {
	head, tail, found := strings.Cut(version, "-")
	if found && head != "" && tail != "" && (tail[0] < '0' || tail[0] > '9') {
		for _, word := range []string{"java", "jruby", "mingw", "mswin", "linux", "darwin", "x86", "x64", "arm", "aarch64", "universal", "freebsd", "musl"} {
			if strings.HasPrefix(tail, word) {
				return head
			}
		}
	}
	return version
}

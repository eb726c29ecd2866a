package ident

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrBadCPE is wrapped by every error of ParseCPE.
var ErrBadCPE = errors.New("unreadable CPE name")

// maxCPE bounds a CPE name in bytes.
const maxCPE = 4 << 10

// Attribute is one attribute of a CPE name, in lower case and written as in a formatted string: letters, digits, "_",
// "." and "-" plain, all else with a backslash before it; "*" and "?" without one are wildcards.
type Attribute string

// The logical values (NISTIR 7695, 5.3.1). The zero Attribute counts as AnyValue.
const (
	AnyValue Attribute = "*"
	NoValue  Attribute = "-" // not applicable
)

// The places of the attributes in a CPE, in the order of a formatted string.
const (
	CPEPart = iota
	CPEVendor
	CPEProduct
	CPEVersion
	CPEUpdate
	CPEEdition
	CPELanguage
	CPESoftwareEdition
	CPETargetSoftware
	CPETargetHardware
	CPEOther
	cpeAttributes
)

// CPE is a CPE name (well-formed name, NISTIR 7695).
type CPE [cpeAttributes]Attribute

// ParseCPE reads a CPE 2.3 formatted string ("cpe:2.3:a:vendor:product:...", NISTIR 7695, 6.2) or a CPE 2.2 URI
// ("cpe:/a:vendor:product:...", 6.1, with the packed edition of 2.3). Beyond them it accepts capitals, formatted
// strings with attributes missing at the end, and punctuation without its backslash. Errors wrap ErrBadCPE.
func ParseCPE(s string) (CPE, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxCPE {
		return CPE{}, fmt.Errorf("%w: longer than %d bytes", ErrBadCPE, maxCPE)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return CPE{}, fmt.Errorf("%w: it holds bytes that are no text", ErrBadCPE)
	}
	s = strings.ToLower(s)
	var c CPE
	var err error
	if rest, found := strings.CutPrefix(s, "cpe:2.3:"); found {
		c, err = parseFormatted(rest)
	} else if rest, found := strings.CutPrefix(s, "cpe:/"); found {
		c, err = parseURI(rest)
	} else {
		return CPE{}, fmt.Errorf("%w: it starts neither with cpe:2.3: nor with cpe:/", ErrBadCPE)
	}
	if err != nil {
		return CPE{}, err
	}
	for i := range c {
		if c[i] == "" {
			c[i] = AnyValue
		}
	}
	switch c[CPEPart] {
	case "a", "o", "h", AnyValue, NoValue:
	default:
		return CPE{}, fmt.Errorf("%w: part %q is none of a, o, h", ErrBadCPE, c[CPEPart])
	}
	// Backslashes and percent signs make up to three bytes of one.
	if len(s) > maxCPE/4 && max(len(c.String()), len(c.URI())) > maxCPE {
		return CPE{}, fmt.Errorf("%w: longer than %d bytes when its punctuation is quoted", ErrBadCPE, maxCPE)
	}
	return c, nil
}

func parseFormatted(s string) (CPE, error) {
	var c CPE
	place, start := 0, 0
	for i := 0; i <= len(s); i++ {
		if i+1 < len(s) && s[i] == '\\' {
			i++
			continue
		}
		if i < len(s) && s[i] != ':' {
			continue
		}
		if place == cpeAttributes {
			return CPE{}, fmt.Errorf("%w: more than %d attributes", ErrBadCPE, cpeAttributes)
		}
		value, err := quoted(s[start:min(i, len(s))])
		if err != nil {
			return CPE{}, err
		}
		c[place] = value
		place, start = place+1, i+1
	}
	return c, nil
}

// quoted brings a value to the canonical spelling: a backslash before exactly what needs one, wildcards only at the
// ends ("*" once, "?" any number of times; NISTIR 7695, 5.3.2).
func quoted(s string) (Attribute, error) {
	if s == "" || s == "*" || s == "-" {
		return Attribute(s), nil
	}
	lead := leadingWildcards(s)
	trail := len(s) - trailingWildcards(s[lead:])
	var b strings.Builder
	b.WriteString(s[:lead])
	for i := lead; i < trail; i++ {
		c := s[i]
		if c == '\\' {
			if i++; i == trail {
				return "", fmt.Errorf("%w: %q ends in a backslash", ErrBadCPE, s)
			}
			c = s[i]
			if c == '-' && len(s) == 2 {
				return `\-`, nil // the text "-", which is not "not applicable"
			}
		}
		if !plainCPE(c) {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	b.WriteString(s[trail:])
	return Attribute(b.String()), nil
}

func plainCPE(c byte) bool {
	return isDigit(c) || isLetter(c) || c == '_' || c == '.' || c == '-' || c >= 0x80
}

func leadingWildcards(s string) int {
	if s[0] == '*' {
		return 1
	}
	i := 0
	for i < len(s) && s[i] == '?' {
		i++
	}
	return i
}

// trailingWildcards counts the unquoted wildcards at the end.
func trailingWildcards(s string) int {
	n := 0
	for n < len(s) && s[len(s)-1-n] == '?' {
		n++
	}
	if n == 0 && strings.HasSuffix(s, "*") {
		n = 1
	}
	quotes := 0
	for i := len(s) - n - 1; i >= 0 && s[i] == '\\'; i-- {
		quotes++
	}
	if quotes%2 == 1 {
		n--
	}
	return max(n, 0)
}

// String is the formatted string of CPE 2.3.
func (c CPE) String() string {
	var b strings.Builder
	b.WriteString("cpe:2.3")
	for _, value := range c {
		b.WriteByte(':')
		if value == "" {
			value = AnyValue
		}
		b.WriteString(string(value))
	}
	return b.String()
}

package ident

import (
	"fmt"
	"strings"
)

func parseURI(s string) (CPE, error) {
	var c CPE
	fields := strings.Split(s, ":")
	if len(fields) > CPELanguage+1 {
		return CPE{}, fmt.Errorf("%w: more than %d components", ErrBadCPE, CPELanguage+1)
	}
	for place, field := range fields {
		if place == CPEEdition && strings.HasPrefix(field, "~") {
			if err := c.unpackEdition(field); err != nil {
				return CPE{}, err
			}
			continue
		}
		value, err := unbindURI(field)
		if err != nil {
			return CPE{}, err
		}
		c[place] = value
	}
	return c, nil
}

// unpackEdition reads "~edition~sw_edition~target_sw~target_hw~other" (NISTIR 7695, 6.1.3.3).
func (c *CPE) unpackEdition(s string) error {
	parts := strings.Split(s[1:], "~")
	if len(parts) > 5 {
		return fmt.Errorf("%w: packed edition %q", ErrBadCPE, s)
	}
	places := [5]int{CPEEdition, CPESoftwareEdition, CPETargetSoftware, CPETargetHardware, CPEOther}
	for i, part := range parts {
		value, err := unbindURI(part)
		if err != nil {
			return err
		}
		c[places[i]] = value
	}
	return nil
}

// unbindURI resolves percent escapes; %01 and %02 are the wildcards "?" and "*".
func unbindURI(s string) (Attribute, error) {
	if s == "" || s == "-" {
		return Attribute(s), nil
	}
	if s == "%2d" {
		return `\-`, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
				return "", fmt.Errorf("%w: %q has a broken escape", ErrBadCPE, s)
			}
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			switch {
			case c == 1:
				b.WriteByte('?')
				continue
			case c == 2:
				b.WriteByte('*')
				continue
			case c < ' ' || c >= 0x7f:
				return "", fmt.Errorf("%w: %q escapes what is no printable character", ErrBadCPE, s)
			case c >= 'A' && c <= 'Z':
				c += 'a' - 'A'
			}
		}
		if !plainCPE(c) {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return quoted(b.String())
}

// URI is the name bound as a CPE 2.2 URI; what 2.2 has no place for is packed into the edition.
func (c CPE) URI() string {
	fields := make([]string, 0, CPELanguage+1)
	for place := CPEPart; place <= CPELanguage; place++ {
		field := bindURI(c[place])
		if place == CPEEdition {
			packed := []string{"", field}
			for _, extended := range []int{CPESoftwareEdition, CPETargetSoftware, CPETargetHardware, CPEOther} {
				packed = append(packed, bindURI(c[extended]))
			}
			if strings.Join(packed[2:], "") != "" {
				field = strings.Join(packed, "~")
			}
		}
		fields = append(fields, field)
	}
	return "cpe:/" + strings.TrimRight(strings.Join(fields, ":"), ":")
}

func bindURI(value Attribute) string {
	if value == "" || value == AnyValue {
		return ""
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '?':
			b.WriteString("%01")
			continue
		case c == '*':
			b.WriteString("%02")
			continue
		case c == '\\' && i+1 < len(value):
			i++
			c = value[i]
			if value == `\-` {
				b.WriteString("%2d")
				continue
			}
		}
		if plainCPE(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

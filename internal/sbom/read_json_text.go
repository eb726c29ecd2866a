package sbom

import (
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// skipString passes over a string without keeping it.
func (j *jsonWalker) skipString() error {
	j.r++
	for {
		b := j.buf[j.r:j.w]
		i := bytes.IndexByte(b, '"')
		end := i
		if i < 0 {
			end = len(b)
		}
		if e := bytes.IndexByte(b[:end], '\\'); e >= 0 {
			j.countLines(b[:e])
			j.r += e + 1
			if j.r >= j.w && !j.fill() {
				return j.syntax("a string is not closed")
			}
			j.r++ // whatever is escaped; \uXXXX needs no look
			continue
		}
		j.countLines(b[:end])
		if i >= 0 {
			j.r += i + 1
			return nil
		}
		j.r = j.w
		if !j.fill() {
			return j.syntax("a string is not closed")
		}
	}
}

func (j *jsonWalker) countLines(b []byte) {
	if n := bytes.Count(b, []byte{'\n'}); n > 0 {
		j.line += n
		j.lineOff = j.base + int64(j.r) + int64(bytes.LastIndexByte(b, '\n')) + 1
	}
}

// name reads a member name; the few names of a format are kept once each.
func (j *jsonWalker) name() (string, error) {
	if err := j.unquote(1 << 10); err != nil {
		return "", err
	}
	if s, ok := j.keys[string(j.scratch)]; ok {
		return s, nil
	}
	s := clean(string(j.scratch))
	if len(j.keys) < 1024 {
		j.keys[s] = s
	}
	return s, nil
}

func (j *jsonWalker) str() (string, error) {
	if err := j.unquote(maxText); err != nil {
		return "", err
	}
	return clean(string(j.scratch)), nil
}

// unquote reads the string that is due into scratch, at most limit bytes of it.
func (j *jsonWalker) unquote(limit int) error {
	j.scratch = j.scratch[:0]
	cut, control := false, false
	err := j.chunks(func(b []byte) error {
		if room := limit - len(j.scratch); len(b) > room {
			b, cut = b[:room], true
		}
		j.scratch = append(j.scratch, b...)
		return nil
	}, &control)
	if cut {
		j.warn(j.where(), "too_long", "a text longer than %d bytes is cut", limit)
	}
	return err
}

// chunks reads the string that is due and hands it on decoded, piece by piece.
func (j *jsonWalker) chunks(emit func([]byte) error, control *bool) error {
	j.r++
	*control = false
	for {
		b := j.buf[j.r:j.w]
		i := 0
		for i < len(b) && b[i] != '"' && b[i] != '\\' {
			if b[i] < ' ' {
				if !*control {
					*control = true
					j.warn(j.where(), "control_character", "a string holds a raw control character; it should be escaped")
				}
				if b[i] == '\n' {
					j.line++
					j.lineOff = j.base + int64(j.r) + int64(i) + 1
				}
			}
			i++
		}
		if i > 0 {
			if err := emit(b[:i]); err != nil {
				return err
			}
			j.r += i
		}
		if j.r >= j.w {
			if !j.fill() {
				return j.syntax("a string is not closed")
			}
			continue
		}
		c := j.buf[j.r]
		j.r++
		if c == '"' {
			return nil
		}
		var one [utf8.UTFMax]byte
		n, err := j.escape(&one)
		if err != nil {
			return err
		}
		if err := emit(one[:n]); err != nil {
			return err
		}
	}
}

// byteAt gives the next byte of the string.
func (j *jsonWalker) byteAt() (byte, error) {
	if j.r >= j.w && !j.fill() {
		return 0, j.syntax("a string is not closed")
	}
	c := j.buf[j.r]
	j.r++
	return c, nil
}

// escape decodes what follows a backslash.
func (j *jsonWalker) escape(out *[utf8.UTFMax]byte) (int, error) {
	c, err := j.byteAt()
	if err != nil {
		return 0, err
	}
	switch c {
	case '"', '\\', '/':
		out[0] = c
	case 'b':
		out[0] = '\b'
	case 'f':
		out[0] = '\f'
	case 'n':
		out[0] = '\n'
	case 'r':
		out[0] = '\r'
	case 't':
		out[0] = '\t'
	case 'u':
		return j.unicode(out)
	default:
		return 0, j.syntax("%q is no escape of JSON", "\\"+string(rune(c)))
	}
	return 1, nil
}

func (j *jsonWalker) unicode(out *[utf8.UTFMax]byte) (int, error) {
	r, err := j.hex4()
	if err != nil {
		return 0, err
	}
	if !utf16.IsSurrogate(r) {
		return utf8.EncodeRune(out[:], r), nil
	}
	for j.w-j.r < 2 {
		if !j.fill() {
			return 0, j.syntax("a string is not closed")
		}
	}
	if j.w-j.r < 2 || j.buf[j.r] != '\\' || j.buf[j.r+1] != 'u' {
		return utf8.EncodeRune(out[:], utf8.RuneError), nil
	}
	j.r += 2
	low, err := j.hex4()
	if err != nil {
		return 0, err
	}
	return utf8.EncodeRune(out[:], utf16.DecodeRune(r, low)), nil
}

func (j *jsonWalker) hex4() (rune, error) {
	var r rune
	for range 4 {
		c, err := j.byteAt()
		if err != nil {
			return 0, err
		}
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, j.syntax("\\u takes four hexadecimal digits")
		}
		r = r<<4 | rune(c)
	}
	return r, nil
}

// embedded gives the string that is due as a stream, for a document inside a string of an envelope. The caller reads
// it to its end or gives up on the whole document.
func (j *jsonWalker) embedded() io.Reader {
	j.pending = false
	return &embedded{j: j}
}

type embedded struct {
	j    *jsonWalker
	left []byte
	open bool
	done bool
}

func (e *embedded) Read(p []byte) (int, error) {
	if !e.open {
		e.open = true
		e.j.r++
	}
	n := 0
	for n == 0 && !e.done {
		if len(e.left) > 0 {
			n = copy(p, e.left)
			e.left = e.left[n:]
			break
		}
		c, err := e.j.byteAt()
		if err != nil {
			return 0, err
		}
		switch c {
		case '"':
			e.done = true
		case '\\':
			var one [utf8.UTFMax]byte
			k, err := e.j.escape(&one)
			if err != nil {
				return 0, err
			}
			e.left = append(e.left[:0], one[:k]...)
		default:
			p[n] = c
			n++
			// The run of plain bytes behind it in one go.
			b := e.j.buf[e.j.r:e.j.w]
			i := 0
			for i < len(b) && n+i < len(p) && b[i] != '"' && b[i] != '\\' {
				i++
			}
			copy(p[n:], b[:i])
			e.j.r += i
			n += i
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

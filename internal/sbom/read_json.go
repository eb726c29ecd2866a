package sbom

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxSeenKeys bounds the memory spent on noticing that a key occurs twice in one object.
const maxSeenKeys = 64

// jsonWalker reads RFC 8259 text from a stream through one fixed buffer: a document of any size and any nesting costs
// the strings that are asked for and nothing else. Raw control characters inside strings are tolerated, with a warning.
type jsonWalker struct {
	src     io.Reader
	buf     []byte
	r, w    int
	base    int64 // offset of buf[0] in the document
	line    int
	lineOff int64 // offset at which the line starts
	err     error // of src, once it has ended

	depth   int
	max     int
	pending bool // a value is due and not yet consumed
	path    []step
	scratch []byte
	keys    map[string]string
	warn    func(path, code, format string, args ...any)
}

// step is one part of a JSON pointer.
type step struct {
	key   string
	index int // used when key is empty and inList
	list  bool
}

func newJSONWalker(src io.Reader, maxDepth int, warn func(path, code, format string, args ...any)) *jsonWalker {
	return &jsonWalker{
		src: src, buf: make([]byte, 64<<10), line: 1, max: maxDepth, pending: true,
		keys: make(map[string]string), warn: warn,
	}
}

// fill reads more; false at the end of the document or on an error, which is then in j.err.
func (j *jsonWalker) fill() bool {
	if j.err != nil {
		return false
	}
	j.base += int64(j.r)
	copy(j.buf, j.buf[j.r:j.w])
	j.w -= j.r
	j.r = 0
	for range 100 {
		n, err := j.src.Read(j.buf[j.w:])
		j.w += n
		if err != nil {
			j.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	j.err = io.ErrNoProgress
	return false
}

// peek skips white space and gives the next byte; ok is false at the end.
func (j *jsonWalker) peek() (c byte, ok bool) {
	for {
		for j.r < j.w {
			c := j.buf[j.r]
			switch c {
			case '\n':
				j.line++
				j.lineOff = j.base + int64(j.r) + 1
			case ' ', '\t', '\r':
			default:
				return c, true
			}
			j.r++
		}
		if !j.fill() {
			return 0, false
		}
	}
}

// syntax reports text that is not JSON, with its place.
func (j *jsonWalker) syntax(format string, args ...any) error {
	if j.err != nil && j.err != io.EOF && j.err != io.ErrUnexpectedEOF {
		return j.err
	}
	off := j.base + int64(j.r)
	what := fmt.Sprintf(format, args...)
	if j.err != nil && j.r >= j.w {
		what = "the document ends here, in the middle of a value: it is cut off"
	}
	return problem.New(problem.Malformed, "The document is not well-formed JSON.").With(problem.Fault{
		Path: j.where(), Code: "syntax",
		Message: fmt.Sprintf("line %d, column %d (byte %d): %s", j.line, off-j.lineOff+1, off, what),
	})
}

func (j *jsonWalker) where() string {
	if len(j.path) == 0 {
		return "/"
	}
	var b strings.Builder
	for _, s := range j.path {
		if !s.list && s.key == "" {
			break // inside a part that is skipped, whose names are not kept
		}
		b.WriteByte('/')
		if s.list {
			b.WriteString(strconv.Itoa(s.index))
			continue
		}
		b.WriteString(pointerEscape.Replace(s.key))
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func (j *jsonWalker) kind() kind {
	c, _ := j.peek()
	switch c {
	case '{':
		return kindObject
	case '[':
		return kindList
	case 'n':
		return kindNull
	}
	return kindScalar
}

func (j *jsonWalker) enter() error {
	j.pending = false
	j.r++
	if j.depth++; j.depth > j.max {
		return problem.New(problem.TooLarge, "The document is nested too deeply.").With(problem.Fault{
			Path: j.where(), Code: "too_deep",
			Message: fmt.Sprintf("line %d: more than %d levels of nesting", j.line, j.max),
		})
	}
	return nil
}

func (j *jsonWalker) object(fn func(key string) error) error {
	if k := j.kind(); k != kindObject {
		if k != kindNull {
			j.warn(j.where(), "wrong_type", "an object belongs here, not %s; it is ignored", k)
		}
		return j.skip()
	}
	return j.members(fn)
}

// members reads the object that is due. With a nil fn nothing is kept of it.
func (j *jsonWalker) members(fn func(key string) error) error {
	if err := j.enter(); err != nil {
		return err
	}
	var seen []string
	j.path = append(j.path, step{})
	for n := 0; ; n++ {
		c, ok := j.peek()
		if ok && c == '}' && n == 0 {
			j.r++
			break
		}
		if !ok || c != '"' {
			return j.syntax("a member name in quotes belongs here")
		}
		key := ""
		var err error
		if fn == nil {
			err = j.skipString()
		} else {
			key, err = j.name()
		}
		if err != nil {
			return err
		}
		j.path[len(j.path)-1] = step{key: key}
		if c, ok = j.peek(); !ok || c != ':' {
			return j.syntax("a colon belongs after a member name")
		}
		j.r++
		j.pending = true
		if fn != nil {
			seen = j.noteKey(seen, key)
			if err := fn(key); err != nil {
				return err
			}
		}
		if j.pending {
			if err := j.skip(); err != nil {
				return err
			}
		}
		c, ok = j.peek()
		if ok && c == ',' {
			j.r++
			continue
		}
		if ok && c == '}' {
			j.r++
			break
		}
		return j.syntax("a comma or a closing brace belongs here")
	}
	j.path = j.path[:len(j.path)-1]
	j.depth--
	return nil
}

// noteKey warns of a key that occurs twice: parsers disagree on which value counts, so lists are joined here and the
// last scalar wins, and a person is told.
func (j *jsonWalker) noteKey(seen []string, key string) []string {
	for _, s := range seen {
		if s == key {
			j.warn(j.where(), "duplicate_key", "the member %q occurs more than once in this object", shorten(key))
			return seen
		}
	}
	if len(seen) < maxSeenKeys {
		seen = append(seen, key)
	}
	return seen
}

func (j *jsonWalker) list(_ string, fn func(i int) error) error {
	switch k := j.kind(); k {
	case kindNull:
		return j.skip()
	case kindList:
		return j.items(fn)
	default:
		j.warn(j.where(), "wrong_type", "a list belongs here, not %s; it is read as a list of one", k)
		return fn(0)
	}
}

func (j *jsonWalker) items(fn func(i int) error) error {
	if err := j.enter(); err != nil {
		return err
	}
	j.path = append(j.path, step{list: true})
	for i := 0; ; i++ {
		c, ok := j.peek()
		if ok && c == ']' && i == 0 {
			j.r++
			break
		}
		if !ok {
			return j.syntax("a value belongs here")
		}
		j.path[len(j.path)-1].index = i
		j.pending = true
		if fn != nil {
			if err := fn(i); err != nil {
				return err
			}
		}
		if j.pending {
			if err := j.skip(); err != nil {
				return err
			}
		}
		c, ok = j.peek()
		if ok && c == ',' {
			j.r++
			continue
		}
		if ok && c == ']' {
			j.r++
			break
		}
		return j.syntax("a comma or a closing bracket belongs here")
	}
	j.path = j.path[:len(j.path)-1]
	j.depth--
	return nil
}

func (j *jsonWalker) skip() error {
	c, ok := j.peek()
	switch {
	case !ok:
		return j.syntax("a value belongs here")
	case c == '{':
		return j.members(nil)
	case c == '[':
		return j.items(nil)
	case c == '"':
		j.pending = false
		return j.skipString()
	}
	_, err := j.literal()
	return err
}

func (j *jsonWalker) text() (string, error) {
	c, ok := j.peek()
	switch {
	case !ok:
		return "", j.syntax("a value belongs here")
	case c == '"':
		j.pending = false
		return j.str()
	case c == '{' || c == '[':
		j.warn(j.where(), "wrong_type", "a text belongs here, not %s; it is ignored", j.kind())
		return "", j.skip()
	}
	s, err := j.literal()
	if s == "null" {
		s = ""
	}
	return s, err
}

// literal reads a number, true, false or null.
func (j *jsonWalker) literal() (string, error) {
	j.pending = false
	j.scratch = j.scratch[:0]
	for j.r < j.w || j.fill() {
		c := j.buf[j.r]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == 'E' || c == '-' || c == '+' || c == '.') {
			break
		}
		if len(j.scratch) > 1024 {
			return "", j.syntax("this number is too long")
		}
		j.scratch = append(j.scratch, c)
		j.r++
	}
	s := string(j.scratch)
	switch s {
	case "true", "false", "null":
		return s, nil
	case "":
		return "", j.syntax("a value belongs here")
	}
	if !number(s) {
		return "", j.syntax("%q is no JSON value", shorten(s))
	}
	return s, nil
}

// number checks the grammar of RFC 8259 section 6.
func number(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		ok := n > 0
		s = s[n:]
		return ok
	}
	if strings.HasPrefix(s, "0") && len(s) > 1 && s[1] >= '0' && s[1] <= '9' || !digits() {
		return false
	}
	if rest, ok := strings.CutPrefix(s, "."); ok {
		if s = rest; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = strings.TrimLeft(s[1:], "+-")
		return digits() && s == ""
	}
	return s == ""
}

func (k kind) String() string {
	switch k {
	case kindNull:
		return "nothing"
	case kindList:
		return "a list"
	case kindObject:
		return "an object"
	}
	return "a text or number"
}

// end checks that nothing but white space follows the document.
func (j *jsonWalker) end() error {
	if _, ok := j.peek(); ok {
		return j.syntax("text follows after the end of the document")
	}
	if j.err != io.EOF {
		return j.err
	}
	return nil
}

// shorten keeps a message readable whatever the document holds.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// Content is what kind of body is wanted. It is judged by the header and by how the body begins, since services and
// proxies in front of them send web pages under any name.
type Content int

// The kinds of content.
const (
	Any  Content = iota
	JSON         // begins like a JSON object or list
	Text         // anything that is no web page: CSV, lists
	Gzip
	Zip
)

// unexpected is an answer that is not what was asked for.
type unexpected struct{ saw string }

func (u *unexpected) Error() string { return u.saw }

// Unexpected is an error of Request.Read about an answer that is not what was asked for. The words go on from the
// service's name: "answered with an empty page". The request is repeated.
func Unexpected(format string, args ...any) error { return &unexpected{fmt.Sprintf(format, args...)} }

// check looks at the header and the start of a body. The reader it gives must be read in its place.
func (want Content) check(h http.Header, body io.Reader) (io.Reader, error) {
	if want == Any {
		return body, nil
	}
	in := bufio.NewReaderSize(body, 32<<10)
	start, err := in.Peek(512)
	if err != nil && len(start) == 0 && err != io.EOF {
		return nil, err
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	text := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n")
	page := (err == nil && (kind == "text/html" || kind == "application/xhtml+xml")) || bytes.HasPrefix(text, []byte("<"))
	name, good := "JSON", false
	switch want {
	case JSON:
		good = bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("["))
	case Text:
		name, good = "text", true
	case Gzip:
		name, good = "a gzip file", bytes.HasPrefix(start, []byte("\x1f\x8b"))
	case Zip:
		name, good = "a zip archive", bytes.HasPrefix(start, []byte("PK"))
	}
	switch {
	case page:
		return nil, &unexpected{fmt.Sprintf("answered with a web page where %s was expected", name)}
	case len(text) == 0 && want != Text:
		return nil, &unexpected{fmt.Sprintf("answered with nothing where %s was expected", name)}
	case !good:
		return nil, &unexpected{fmt.Sprintf("answered with something else than %s", name)}
	}
	return in, nil
}

// TooLargeError says that a body, or what it unpacks to, went over a limit.
type TooLargeError struct{ Limit int64 }

// Error implements error.
func (e *TooLargeError) Error() string { return fmt.Sprintf("the limit is %d bytes", e.Limit) }

// Limit gives the bytes of r up to a limit; reading on beyond it is a TooLargeError, where io.LimitReader would feign
// the end.
func Limit(r io.Reader, limit int64) io.Reader { return &limited{r: r, left: limit, limit: limit} }

type limited struct {
	r           io.Reader
	left, limit int64
}

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, &TooLargeError{l.limit}
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, &TooLargeError{l.limit}
	}
	return n, err
}

// Gunzip unpacks a gzip stream up to a limit of bytes; beyond it, reading is a TooLargeError.
func Gunzip(r io.Reader, limit int64) (io.Reader, error) {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("no gzip stream: %w", err)
	}
	return Limit(unpacked, limit), nil
}

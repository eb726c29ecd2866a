package httpapi

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const (
	// smallBody bounds everything that is no document.
	smallBody = 1 << 20
	// formRoom is what a form and its boundaries may add to a document.
	formRoom = 64 << 10
)

// decoded bounds the body as sent and takes Content-Encoding off, so that endpoints see plain bytes. The bound holds for
// the compressed bytes and again for what becomes of them: a small bomb must not become a large document.
func decoded(maxDocument int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		limit := int64(smallBody)
		if isUpload(r) {
			limit = maxDocument + formRoom
		}
		sent := r.Body
		if r.ContentLength > limit {
			w.Header().Set("Connection", "close")
			refuse(w, r, tooLarge(limit))
			drain(w, sent, 2*limit)
			return
		}
		body := &boundedBody{r: http.MaxBytesReader(w, r.Body, limit), close: r.Body, limit: limit, left: limit}
		switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
		case "", "identity":
		case "gzip", "x-gzip":
			body.r = &lazyGzip{below: body.r}
			r.ContentLength = -1
			r.Header.Del("Content-Encoding")
			r.Header.Del("Content-Length")
		default:
			refuse(w, r, problem.New(problem.Unsupported, "The body's encoding is not read here.").
				With(problem.Fault{Path: "header.Content-Encoding", Code: "enum", Message: "use gzip or none"}))
			return
		}
		r.Body = body
		next.ServeHTTP(w, r)
		if isUpload(r) {
			drain(w, sent, limit)
		}
	})
}

// drainTime bounds the wait for the rest of a body that was refused early.
const drainTime = 15 * time.Second

// drain reads what is still on its way of a body that was answered before its end, within bounds. Many clients, browsers among
// them, look at the answer only after they have sent everything; a connection closed under them shows as an error of the
// network, and the reason is lost.
func drain(w http.ResponseWriter, body io.Reader, limit int64) {
	control := http.NewResponseController(w)
	if err := control.Flush(); err != nil {
		return
	}
	if err := control.SetReadDeadline(time.Now().Add(drainTime)); err != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, body, limit)
}

func tooLarge(limit int64) *problem.Error {
	return problem.New(problem.TooLarge, "The body is larger than %d bytes.", limit).
		With(problem.Fault{Path: "body", Code: "max_bytes", Message: "the server reads no more; its operator can raise SBOM_MAX_BYTES for documents"})
}

// boundedBody stops at limit bytes and says in words what went wrong on the way.
type boundedBody struct {
	r           io.Reader
	close       io.Closer
	limit, left int64
}

// Read implements io.Reader. Its errors are io.EOF or a *problem.Error.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLarge(b.limit)
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	var reached *http.MaxBytesError
	switch {
	case b.left < 0 || errors.As(err, &reached):
		b.left = -1
		return 0, tooLarge(b.limit)
	case err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return n, err
	case errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum):
		return n, problem.Wrap(problem.Malformed, err, "The body is not the gzip that Content-Encoding says it is.").
			With(problem.Fault{Path: "header.Content-Encoding", Code: "gzip", Message: "leave the header out, or compress the body"})
	}
	return n, problem.Wrap(problem.Malformed, err, "The body ended early or arrived damaged.").
		With(problem.Fault{Path: "body", Code: "truncated", Message: "send it again"})
}

// Close implements io.Closer.
func (b *boundedBody) Close() error { return b.close.Close() }

// lazyGzip reads the gzip header with the first bytes asked for, so that a bad one is answered like any bad body.
type lazyGzip struct {
	below io.Reader
	open  *gzip.Reader
}

// Read implements io.Reader.
func (g *lazyGzip) Read(p []byte) (int, error) {
	if g.open == nil {
		reader, err := gzip.NewReader(g.below)
		if errors.Is(err, io.EOF) {
			err = gzip.ErrHeader // nothing at all is no gzip
		}
		if err != nil {
			return 0, err
		}
		g.open = reader
	}
	return g.open.Read(p)
}

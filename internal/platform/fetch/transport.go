package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

var (
	errSilent   = errors.New("no answer in time")
	errLong     = errors.New("no end of the body in time")
	errIdle     = errors.New("no more of the body in time")
	errRedirect = errors.New("a redirect that is not followed")
)

// network is the transport that programs share: the standard one with its proxy settings, a bound on idle connections,
// and no limit on the whole of an exchange, which long downloads could not keep.
func network() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConnsPerHost = 4
		t.MaxResponseHeaderBytes = 1 << 20
		return t
	}
	return http.DefaultTransport
}

// timely ends an exchange whose answer does not begin in time, or whose body stands still.
type timely struct {
	base         http.RoundTripper
	answer, idle time.Duration
}

// RoundTrip implements http.RoundTripper.
func (t *timely) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	late := time.AfterFunc(t.answer, func() { cancel(errSilent) })
	resp, err := t.base.RoundTrip(r.WithContext(ctx))
	late.Stop()
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errSilent) {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	b := &timelyBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, idle: t.idle}
	b.timer = time.AfterFunc(t.idle, func() { cancel(errIdle) })
	resp.Body = b
	return resp, nil
}

// timelyBody wants a kilobyte within each idle time: a body that trickles byte by byte would never end.
type timelyBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
	fresh  atomic.Int64 // bytes since the timer was set
}

const leastProgress = 1 << 10

// Read implements io.Reader.
func (b *timelyBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.fresh.Add(int64(n)) >= leastProgress {
		b.fresh.Store(0)
		b.timer.Reset(b.idle)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		if cause := context.Cause(b.ctx); errors.Is(cause, errIdle) || errors.Is(cause, errLong) {
			err = cause
		}
	}
	return n, err
}

// Close implements io.Closer.
func (b *timelyBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// maxRedirects is enough for a mirror behind a load balancer.
const maxRedirects = 5

// redirect follows a few, never from HTTPS to plain HTTP, and tells another host nothing but what is asked for.
func redirect(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || (first.Scheme == "https" && r.URL.Scheme != "https") {
		return errRedirect
	}
	if r.URL.Host != first.Host || r.URL.Scheme != first.Scheme {
		for name := range r.Header {
			switch http.CanonicalHeaderKey(name) {
			case "Accept", "Accept-Encoding", "User-Agent", "Range", "If-Range", "If-None-Match", "If-Modified-Since":
			default:
				delete(r.Header, name)
			}
		}
	}
	return nil
}

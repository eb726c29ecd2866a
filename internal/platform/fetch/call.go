package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Request is one GET.
type Request struct {
	URL string
	// Header adds to the service's.
	Header http.Header
	// Want is the kind of body; another is a failure that is tried again.
	Want Content
	// ETag and LastModified are those of the copy at hand, if any: an answer of "not modified" then has no body.
	ETag, LastModified string
	// MaxBody and Tries override the service's.
	MaxBody int64
	Tries   int
	// Read, where set, gets the body in place of Answer.Body. An error of it, or of reading, repeats the request and
	// with it the call; it must start afresh each time. An error marked Final ends the request.
	Read func(Answer, io.Reader) error
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// NotModified: the copy at hand is current (304).
	NotModified bool
	// ETag and LastModified are for the next request.
	ETag, LastModified string
}

// Get asks until there is an answer, within the service's budget, tries and patience. A body that breaks off, is too
// large or is something else than wanted is no answer. The error is a problem.Error with a Failure as its cause, or the
// context's.
func (c *Client) Get(ctx context.Context, r Request) (Answer, error) {
	var out Answer
	most := r.MaxBody
	def(&most, c.service.MaxBody)
	err := c.call(ctx, r, c.service.Whole, taker(func(resp *http.Response, _ *call) error {
		out = answerOf(resp)
		if out.NotModified {
			return nil
		}
		body, err := r.Want.check(resp.Header, Limit(resp.Body, most))
		if err != nil {
			return err
		}
		if r.Read != nil {
			return r.Read(out, body)
		}
		out.Body, err = io.ReadAll(body)
		return err
	}))
	if err != nil {
		return Answer{}, err
	}
	return out, nil
}

// handler takes answers: those of Get, and those of Download, which changes the request between tries.
type handler interface {
	take(*http.Response, *call) error
	prepare(http.Header)
	restart()
}

type taker func(*http.Response, *call) error

func (t taker) take(resp *http.Response, k *call) error { return t(resp, k) }
func (t taker) prepare(http.Header)                     {}
func (t taker) restart()                                {}

// GetJSON is Get that decodes the body; JSON that breaks off is no answer, and into is set anew for each try.
func GetJSON[T any](ctx context.Context, c *Client, r Request) (T, Answer, error) {
	var into T
	r.Want = JSON
	r.Read = func(_ Answer, body io.Reader) error {
		data, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		var zero T
		into = zero
		if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &into); err != nil {
			return &unexpected{fmt.Sprintf("answered with JSON that cannot be read (%s)", jsonFault(err))}
		}
		return nil
	}
	answer, err := c.Get(ctx, r)
	return into, answer, err
}

// jsonFault says what is wrong without quoting values.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return fmt.Sprintf("%s is a %s", kind.Field, kind.Value)
	case errors.As(err, &syntax):
		return fmt.Sprintf("it breaks off or is wrong at byte %d", syntax.Offset)
	}
	return "it breaks off"
}

func answerOf(resp *http.Response) Answer {
	return Answer{Status: resp.StatusCode, Header: resp.Header, NotModified: resp.StatusCode == http.StatusNotModified,
		ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified")}
}

// call is one request with its repetitions.
type call struct {
	c       *Client
	request *retryablehttp.Request
	secrets []string
	most    int           // tries
	tries   int           // failures since the last progress
	waited  time.Duration // in all
	next    time.Duration // before the next try
	header  http.Header   // of the last answer
	handle  handler
	whole   time.Duration
}

// call sends a request until handle has taken an answer. whole bounds one attempt; 0 does not.
func (c *Client) call(ctx context.Context, r Request, whole time.Duration, handle handler) error {
	if err := c.admit(); err != nil {
		return err
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return problem.New(problem.Invalid, "%s: the address to be asked is no URL; check the setting", c.service.Name)
	}
	for _, h := range []http.Header{{"User-Agent": {c.options.UserAgent}}, c.service.Header, r.Header} {
		for name, values := range h {
			request.Header[name] = values // as written: some believe that the case of a key's header matters
		}
	}
	if r.ETag != "" {
		request.Header.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		request.Header.Set("If-Modified-Since", r.LastModified)
	}
	k := &call{c: c, most: r.Tries, request: request, secrets: secretsOf(request.Request), handle: handle, whole: whole}
	def(&k.most, c.service.Tries)
	request.SetResponseHandler(k.take)
	loop := &retryablehttp.Client{
		HTTPClient: c.http,
		RetryMax:   1 << 30, // counted here: progress counts anew
		CheckRetry: k.check,
		Backoff:    func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 }, // waited for here
		PrepareRetry: func(again *http.Request) error {
			handle.prepare(again.Header)
			return k.rest(ctx)
		},
		ErrorHandler: func(_ *http.Response, err error, _ int) (*http.Response, error) { return nil, err },
	}
	if err := c.turn(ctx); err != nil {
		return fmt.Errorf("the request was given up: %w", err)
	}
	resp, err := loop.Do(request)
	if resp != nil {
		if closing := resp.Body.Close(); closing != nil && err == nil {
			err = fmt.Errorf("close an answer: %w", closing)
		}
	}
	if err == nil {
		c.heard()
	}
	return err
}

// take judges one answer and reads its body.
func (k *call) take(resp *http.Response) (err error) {
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	k.header = resp.Header
	if s := resp.StatusCode; s != http.StatusNotModified && (s < 200 || s > 299) {
		// What the start of a refusal says is read as far as it comes; a failure to read it changes nothing.
		start, _ := io.ReadAll(io.LimitReader(resp.Body, leastProgress))
		r := Refusal{Status: s, Header: resp.Header, Start: string(start), Now: k.c.options.Now()}
		v := k.c.service.Judge(r)
		if s == http.StatusRequestedRangeNotSatisfiable {
			k.handle.restart()
			v = Verdict{Again: true, Kind: problem.Unavailable}
		}
		v.Words = hideIn(v.Words, k.secrets)
		f := refused(r, v)
		k.next = k.c.wait(k.tries+1, v, resp.Header)
		return f
	}
	if body, ok := resp.Body.(*timelyBody); ok && k.whole > 0 {
		late := time.AfterFunc(k.whole, func() { body.cancel(errLong) })
		defer late.Stop()
	}
	return k.handle.take(resp, k)
}

// check decides after each attempt whether there is another. The loop calls it once more for an answer that still has to
// be read, without an error.
func (k *call) check(ctx context.Context, _ *http.Response, err error) (bool, error) {
	if err == nil {
		return false, nil
	}
	if err := canceled(ctx); err != nil {
		return false, err
	}
	var final finalError
	if errors.As(err, &final) {
		return false, final.error
	}
	f := FailureOf(err)
	if f == nil {
		f = broken(hide(err, k.secrets))
		k.next = k.c.wait(k.tries+1, Verdict{}, nil)
	}
	return k.failed(f)
}

// failed counts a failure and decides whether it was the last.
func (k *call) failed(f *Failure) (bool, error) {
	k.tries++
	s := k.c.service
	f.Tries, f.Last = k.tries, k.c.options.Now()
	if !f.Temporary {
		k.c.heard()
		return false, f.problem(s.Name)
	}
	open := k.c.count(*f)
	if k.tries >= k.most || k.waited+k.next > s.Patience || open {
		if f.Limited || asked(k.header, f.Last) > 0 {
			f.RetryAt = f.Last.Add(k.next)
		}
		return false, f.problem(s.Name)
	}
	return true, nil
}

// rest waits before the next attempt: what was asked for, and the budget's turn.
func (k *call) rest(ctx context.Context) error {
	k.waited += k.next
	if err := k.c.options.Sleep(ctx, k.next); err != nil {
		return fmt.Errorf("the request was given up: %w", err)
	}
	if err := k.c.turn(ctx); err != nil {
		return fmt.Errorf("the request was given up: %w", err)
	}
	k.header = nil
	return nil
}

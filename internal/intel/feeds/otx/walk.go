package otx

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/fetch"
)

// page is the envelope of every list. Next is only looked at for whether there is one: the addresses in it are not
// always those that were asked.
type page struct {
	Results []json.RawMessage `json:"results"`
	Count   int64             `json:"count"`
	Next    *string           `json:"next"`
}

// UnmarshalJSON reads an envelope, and a bare list as one without a next page.
func (p *page) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, &p.Results)
	}
	type plain page
	return json.Unmarshal(data, (*plain)(p))
}

// sizes are what pages shrink to. Each is a divisor of the one before or of all, so that a smaller page can begin where a
// larger one failed: pages are numbered by their size.
var sizes = []int{100, 20, 10, 5, 1}

// walk reads a list page by page.
type walk struct {
	*Client
	clients *clients
	path    string
	query   url.Values
	offset  int // of the first entry not read
	size    int // of pages, while nothing fails
	now     int // of the next page
	good    int // pages in a row
}

func (c *Client) walk(to *clients, path string, query url.Values, offset, size int) *walk {
	return &walk{Client: c, clients: to, path: path, query: query, offset: offset, size: size, now: size}
}

// next reads the page at the offset and moves on. One that is too much for the service is asked for in smaller pieces;
// the error is that of the smallest.
func (w *walk) next(ctx context.Context) (page, error) {
	for {
		size := w.fit(w.now)
		got, err := w.get(ctx, size)
		if err == nil {
			w.offset += size
			if w.good++; w.good%3 == 0 {
				w.now = w.larger(w.now)
			}
			return got, nil
		}
		if !tooMuch(err) || size == 1 {
			return page{}, err
		}
		w.good, w.now = 0, smaller(size)
	}
}

// skip leaves the entry at the offset out.
func (w *walk) skip() { w.offset++ }

func (w *walk) get(ctx context.Context, size int) (page, error) {
	query := url.Values{}
	for name, values := range w.query {
		query[name] = values
	}
	query.Set("limit", strconv.Itoa(size))
	query.Set("page", strconv.Itoa(w.offset/size+1))
	request := fetch.Request{URL: w.config.URL + "/api/v1/" + w.path + "?" + query.Encode()}
	got, _, err := fetch.GetJSON[page](ctx, w.clients.pages, request)
	if f := fetch.FailureOf(err); f == nil || !f.Temporary || f.Status == 0 {
		return got, err
	} else if wait := max(f.RetryAt.Sub(w.options.Now()), 30*time.Second); wait > 0 {
		// Asked too often, or down: that is waited for.
		if err := w.options.Sleep(ctx, wait); err != nil {
			return page{}, err
		}
	}
	got, _, err = fetch.GetJSON[page](ctx, w.clients.patient, request)
	return got, err
}

// fit is the largest size up to most of which the offset is the start of a page.
func (w *walk) fit(most int) int {
	for _, size := range sizes {
		if size <= most && w.offset%size == 0 {
			return size
		}
	}
	return 1
}

func (w *walk) larger(than int) int {
	out := w.size
	for _, size := range sizes {
		if size > than && size < out {
			out = size
		}
	}
	return out
}

func smaller(than int) int {
	for _, size := range sizes {
		if size < than {
			return size
		}
	}
	return 1
}

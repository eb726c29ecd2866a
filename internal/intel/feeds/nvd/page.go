package nvd

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// query is one page to ask for.
type query struct {
	from, to    time.Time // changes of a stretch of time; zero: everything
	start, size int
	known       int // records that an earlier page announced; 0: none did
	tries       int // 0: as usual
}

func (q query) String() string {
	s := fmt.Sprintf("?resultsPerPage=%d&startIndex=%d", q.size, q.start)
	if !q.from.IsZero() {
		s += "&lastModStartDate=" + stamp(q.from) + "&lastModEndDate=" + stamp(q.to)
	}
	return s
}

// stamp writes a time as the API documents it; Z spares the sign of a zone, which would have to be escaped.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// page is one page of the API.
type page struct {
	envelope
	records []intel.Incoming
}

// page asks for a page until it has one that can be believed. Every page carries a time of NVD's clock.
func (p *poll) page(q query) (page, error) {
	var got page
	p.implausible = false
	_, err := p.client.Get(p.ctx, fetch.Request{
		URL: p.settings.BaseURL + q.String(), Want: fetch.JSON, Tries: q.tries,
		Read: func(a fetch.Answer, body io.Reader) error {
			got, p.implausible = page{}, false
			path := fmt.Sprintf("%s#%d", Feed, q.start)
			if !q.from.IsZero() {
				path = fmt.Sprintf("%s %s to %s #%d", Feed, q.from.UTC().Format(time.DateTime), q.to.UTC().Format(time.DateTime), q.start)
			}
			if err := readPage(path, body, &got.envelope, func(in intel.Incoming) error {
				got.records = append(got.records, in)
				return nil
			}); err != nil {
				return err
			}
			if got.Time.IsZero() {
				date, err := http.ParseTime(a.Header.Get("Date"))
				if err != nil {
					return fetch.Unexpected("answered without saying when")
				}
				got.Time = date.UTC()
			}
			err := plausible(q, got)
			p.implausible = err != nil
			return err
		}})
	if err != nil {
		return page{}, err
	}
	return got, nil
}

// plausible refuses successes that are none: a page without records where there are some, and a list of which most is
// gone from one page to the next.
func plausible(q query, got page) error {
	switch {
	case len(got.records) == 0 && q.start < got.Total:
		return fetch.Unexpected("announced %d records and sent none from the %dth on", got.Total, q.start+1)
	case q.known > 0 && got.Total < q.known/2 && q.known-got.Total > q.size:
		return fetch.Unexpected("announced %d records and, a page later, %d", q.known, got.Total)
	}
	return nil
}

// smaller asks for a page, with fewer records where the size seems to be what fails: small pages pass where large ones
// do not.
func (p *poll) smaller(q query) (page, error) {
	for {
		q.size, q.tries = p.size, 0
		last := p.size == p.sizes[len(p.sizes)-1]
		if !last {
			q.tries = 4
		}
		got, err := p.page(q)
		f := fetch.FailureOf(err)
		if err == nil || last || f == nil || f.Limited || f.Unreached || !f.Temporary && !f.TooLarge {
			return got, err
		}
		p.size = p.sizes[slices.Index(p.sizes, p.size)+1]
	}
}

// judge knows what NVD means by its statuses: 403 is its rate limit, 404 a wrong request if it says in the header
// "message" what is wrong, and an outage if it does not.
func judge(r fetch.Refusal) fetch.Verdict {
	said := strings.TrimSpace(r.Header.Get("message"))
	switch {
	case r.Status == http.StatusForbidden:
		return fetch.Verdict{Again: true, Limited: true, Kind: problem.RateLimited}
	case r.Status == http.StatusNotFound && said == "":
		return fetch.Verdict{Again: true, Kind: problem.Unavailable}
	case r.Status == http.StatusNotFound && strings.Contains(strings.ToLower(said), "apikey"):
		return fetch.Verdict{Kind: problem.Unauthenticated, Words: "NVD does not know this API key (it says: " + said +
			"). Keys end when a new one is asked for; check it in the settings, or take it out to go without."}
	case r.Status == http.StatusNotFound:
		return fetch.Verdict{Kind: problem.Unavailable, Words: fmt.Sprintf("NVD does not understand the request (it says: %.200s).", said)}
	}
	return fetch.Usual(r)
}

package kev

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Feed is the name under which the store keeps the catalogue.
const Feed = "kev"

// Config says where the catalogue is fetched. Zero fields take the defaults beside them.
type Config struct {
	URL string // https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json
}

// Client polls CISA's catalogue, one file that is fetched whole. It implements intel.Feed.
type Client struct {
	url   string
	fetch *fetch.Client
}

// New makes a client.
func New(c Config, o fetch.Options) *Client {
	return &Client{
		url: cmp.Or(c.URL, "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"),
		fetch: fetch.New(fetch.Service{
			Name: "CISA's catalogue of known exploited vulnerabilities", MaxBody: maxCatalogue, Judge: judge,
		}, o),
	}
}

// judge reads the refusals of the delivery network before cisa.gov.
func judge(r fetch.Refusal) fetch.Verdict {
	v := fetch.Usual(r)
	switch v.Kind {
	case problem.Forbidden:
		v.Words = "CISA refuses to hand out its catalogue of known exploited vulnerabilities (403). The delivery network before cisa.gov does so " +
			"with programs and networks that it does not know. Let this host reach it by another way, or set the address of a mirror, " +
			"such as the one that CISA keeps on GitHub (cisagov/kev-data)."
	case problem.NotFound:
		v.Words = "CISA's catalogue of known exploited vulnerabilities is not at the address that is set (404). Check the setting, or leave it empty for CISA's own."
	}
	return v
}

var _ intel.Feed = (*Client)(nil)

// Name implements intel.Feed.
func (c *Client) Name() string { return Feed }

// cursor is what is known of the catalogue that was stored last.
type cursor struct {
	Version      string    `json:"version"`
	Released     time.Time `json:"released"`
	SHA256       string    `json:"sha256"`
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
}

// Poll implements intel.Feed. It yields one step where the catalogue is another than the one stored, else none. A version
// names a day and may have several editions, so editions are told by their content; one that was released before the
// one stored comes from a stale cache and is left alone. To reconcile, the catalogue is fetched and yielded in any case.
func (c *Client) Poll(ctx context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	return func(yield func(intel.Step, error) bool) {
		step, err := c.poll(ctx, ask)
		if err != nil {
			yield(intel.Step{}, err)
		} else if step != nil {
			yield(*step, nil)
		}
	}
}

// errCut makes a file that arrives and is no JSON be fetched again.
var errCut = errors.New("no JSON, or cut off")

func (c *Client) poll(ctx context.Context, ask intel.Ask) (*intel.Step, error) {
	var known cursor
	if ask.Reconcile || json.Unmarshal(ask.Cursor, &known) != nil {
		known = cursor{}
	}
	var data []byte
	answer, err := c.fetch.Get(ctx, fetch.Request{
		URL: c.url, Want: fetch.JSON, ETag: known.ETag, LastModified: known.LastModified,
		Read: func(_ fetch.Answer, body io.Reader) (err error) {
			if data, err = io.ReadAll(body); err == nil && !json.Valid(bytes.TrimPrefix(data, []byte("\ufeff"))) {
				return errCut
			}
			return err
		},
	})
	if err != nil || answer.NotModified {
		return nil, err
	}
	catalogue, err := Parse(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	next := cursor{
		Version: catalogue.Version, Released: released(data), SHA256: hex.EncodeToString(sum[:]),
		ETag: answer.ETag, LastModified: answer.LastModified,
	}
	if next.SHA256 == known.SHA256 || next.Released.Before(known.Released) {
		return nil, nil
	}
	encoded, err := json.Marshal(next)
	if err != nil {
		return nil, fmt.Errorf("encode the cursor: %w", err)
	}
	count := int64(len(catalogue.Entries) + len(catalogue.Refused))
	return &intel.Step{KEV: &catalogue, Cursor: encoded, Done: count, Total: count, Newest: next.Released}, nil
}

// released reads when an edition came out; zero where that cannot be read.
func released(data []byte) time.Time {
	var head struct {
		Released string `json:"dateReleased"`
	}
	// Parse has read the same data; what is of another type here is of no use.
	_ = json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &head)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, head.Released); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

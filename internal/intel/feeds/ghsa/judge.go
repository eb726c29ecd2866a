package ghsa

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// judge knows GitHub's limits (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api): 403 and 429 are the
// limit of the hour where nothing remains, a secondary limit where Retry-After or the message says so, and otherwise a
// refusal that stays one.
func judge(token bool) func(fetch.Refusal) fetch.Verdict {
	return func(r fetch.Refusal) fetch.Verdict {
		said := message(r.Start)
		switch r.Status {
		case http.StatusUnauthorized:
			return fetch.Verdict{Kind: problem.Unauthenticated, Words: fmt.Sprintf(
				"GitHub does not accept the token (it says: %s). It may have expired; set another one, or take it out to go without.", said)}
		case http.StatusForbidden, http.StatusTooManyRequests:
			return limit(r, token, said)
		case http.StatusUnprocessableEntity, http.StatusBadRequest:
			return fetch.Verdict{Kind: problem.Unavailable, Words: fmt.Sprintf("GitHub does not understand the request (it says: %s).", said)}
		}
		return fetch.Usual(r)
	}
}

func limit(r fetch.Refusal, token bool, said string) fetch.Verdict {
	v := fetch.Verdict{Again: true, Limited: true, Kind: problem.RateLimited}
	if r.Header.Get("X-Ratelimit-Remaining") == "0" {
		seconds, err := strconv.ParseInt(r.Header.Get("X-Ratelimit-Reset"), 10, 64)
		if err != nil {
			return v
		}
		reset, now := time.Unix(seconds, 0), r.Now
		if theirs, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			now = theirs
		}
		// An hour is the longest that the limit lasts; whatever is more is a clock that is wrong.
		v.Wait = min(max(reset.Sub(now), 0), time.Hour) + time.Second
		often := "60 requests an hour without a token; with one it is 5,000"
		if token {
			often = "5,000 requests an hour for most tokens"
		}
		v.Words = fmt.Sprintf("GitHub's limit is used up until %s (%s). What was read so far is kept, and the next poll goes on from there.",
			r.Now.Add(v.Wait).UTC().Format("2006-01-02 15:04 UTC"), often)
		return v
	}
	if r.Status == http.StatusTooManyRequests || r.Header.Get("Retry-After") != "" || strings.Contains(strings.ToLower(said), "rate limit") {
		v.Wait = time.Minute
		return v
	}
	return fetch.Verdict{Kind: problem.Forbidden, Words: fmt.Sprintf("GitHub refuses the request (it says: %s).", said)}
}

// message is what an error of the API says.
func message(body string) string {
	var e struct {
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(body), &e) != nil || e.Message == "" {
		return "nothing"
	}
	if len(e.Message) > 200 {
		e.Message = e.Message[:200]
	}
	return strings.ToValidUTF8(e.Message, "")
}

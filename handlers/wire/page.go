// Package wire holds the shapes that several resources of the HTTP API share: pages, components, severities, evidence,
// documents. Field names are snake_case, times RFC 3339 in UTC, ids whole numbers.
package wire

import (
	"math"
	"net/http"
)

// Paging is how a list is asked for.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Most items to answer with."`
	Cursor string `query:"cursor" maxLength:"2000" doc:"next_cursor of the page before; leave out for the first page."`
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Ask for the next page with it; absent on the last one."`
	Total      *int   `json:"total,omitempty" doc:"Items in all pages, where the list counts them."`
}

// NewPage maps a page of the domain.
func NewPage[D, T any](items []D, next string, shape func(D) T) Page[T] {
	page := Page[T]{Items: make([]T, len(items)), NextCursor: next}
	for i, item := range items {
		page.Items[i] = shape(item)
	}
	return page
}

// ReadErrors are the answers, beside success, that any reading operation may give.
var ReadErrors = []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable}

// Errors adds statuses to ReadErrors.
func Errors(more ...int) []int { return append(more, ReadErrors...) }

// Likelihood gives a probability the five decimals that FIRST publishes: the store keeps single precision, whose digits
// beyond them mean nothing.
func Likelihood(p *float64) *float64 {
	if p == nil {
		return nil
	}
	rounded := math.Round(*p*1e5) / 1e5
	return &rounded
}

// Strings is never null on the wire.
func Strings(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Slice maps a slice; the answer is never null.
func Slice[D, T any](items []D, shape func(D) T) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = shape(item)
	}
	return out
}

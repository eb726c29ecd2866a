package license

import (
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/testkit/awsfake"
)

func TestALookChecksNothingOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, err := Look(t.Context(), b.fake.Config(), sku)
	if err != nil || s.Standing != Valid || s.Seats != 25 || !s.Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) || s.String() != "valid, 25 seats, until 1 January 2027" {
		t.Errorf("%+v %v", s, err)
	}
	if b.count("CheckoutLicense") != 0 {
		t.Error("a licence was checked out")
	}
	for name, c := range map[string]struct {
		answer awsfake.Answer
		want   string
	}{
		"none received": {awsfake.Answer{Body: map[string]any{"Licenses": []any{}}}, "subscribe"},
		"not allowed":   {awsfake.Answer{Error: "AccessDeniedException", Message: "no"}, "license-manager:ListReceivedLicenses"},
		"out of order":  {awsfake.Answer{Status: 500, Error: "ServerInternalException", Message: "no"}, "NAT gateway"},
	} {
		b.says("ListReceivedLicenses", c.answer)
		if s, err := Look(t.Context(), b.fake.Config(), sku); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
	if _, err := Look(t.Context(), b.fake.Config(), ""); err == nil || !strings.Contains(err.Error(), "LICENSE_PRODUCT_SKU") {
		t.Errorf("no product: %v", err)
	}
}

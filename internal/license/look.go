package license

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/licensemanager"

	"github.com/threatwerk/threatwerk/internal/platform/awsx"
)

// Look says what AWS License Manager knows of a product's licence, and checks nothing out. Its error is a problem with its remedy.
func Look(ctx context.Context, c aws.Config, sku string) (State, error) {
	if sku == "" {
		return State{}, noSKU()
	}
	m := &manager{client: licensemanager.NewFromConfig(c), sku: sku}
	held, found, err := m.received(ctx)
	if err != nil {
		_, remedy := judge(err, sku)
		return State{}, failure(awsx.Cause(err), "%s", remedy)
	}
	if !found {
		return State{}, failure(errors.New("no licence that can be used was received"),
			"this AWS account holds no licence of the product %s: subscribe in AWS Marketplace, or correct LICENSE_PRODUCT_SKU; outside AWS set LICENSE_MODE=jwt", sku)
	}
	return State{Mode: "aws_marketplace", Standing: Valid, Customer: held.customer, Seats: held.seats, Expires: held.ends}, nil
}

func noSKU() error {
	return failure(errors.New("LICENSE_PRODUCT_SKU is not set"), "set LICENSE_PRODUCT_SKU to the product's id in AWS Marketplace; outside AWS set LICENSE_MODE=jwt")
}

// String is a state in a few words, for people.
func (s State) String() string {
	text := string(s.Standing)
	if s.Seats > 0 {
		text += fmt.Sprintf(", %d seats", s.Seats)
	}
	if !s.Expires.IsZero() {
		text += ", until " + day(s.Expires)
	}
	return text
}

package license

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/licensemanager"
	"github.com/aws/aws-sdk-go-v2/service/licensemanager/types"

	"github.com/threatwerk/threatwerk/internal/platform/awsx"
)

// marketplaceFingerprint is the key by which AWS Marketplace signs the licences of its buyers.
const marketplaceFingerprint = "aws:294406891311:AWS/Marketplace:issuer-fingerprint"

// seatsEntitlement is the contract's dimension that counts people; a contract without it has no bound.
const seatsEntitlement = "Seats"

// manager calls AWS License Manager.
type manager struct {
	client       *licensemanager.Client
	sku          string
	entitlements []string
	retryAfter   time.Duration // before NoEntitlementsAllowed is believed
}

// checkout is a licence in use.
type checkout struct {
	token   string
	expires time.Time // of the token; it is renewed before
}

// contract is what the buyer agreed on; zero values when it could not be read.
type contract struct {
	customer string
	seats    int
	ends     time.Time
}

// defaultTokenLife is taken for a token without a readable end: provisional checkouts return by themselves after an hour.
const defaultTokenLife = time.Hour

func (m *manager) checkOut(ctx context.Context, now time.Time) (checkout, error) {
	out, err := m.tryCheckOut(ctx)
	var none *types.NoEntitlementsAllowedException
	if errors.As(err, &none) && m.retryAfter > 0 {
		// The service says the same when all is in use, as for the moment in which another task hands its licence on.
		select {
		case <-ctx.Done():
			return checkout{}, ctx.Err()
		case <-time.After(m.retryAfter):
		}
		out, err = m.tryCheckOut(ctx)
	}
	if err != nil {
		return checkout{}, err
	}
	return checkout{token: aws.ToString(out.LicenseConsumptionToken), expires: instant(out.Expiration, now.Add(defaultTokenLife))}, nil
}

func (m *manager) tryCheckOut(ctx context.Context) (*licensemanager.CheckoutLicenseOutput, error) {
	in := &licensemanager.CheckoutLicenseInput{
		CheckoutType: types.CheckoutTypeProvisional, ClientToken: aws.String(rand.Text()), KeyFingerprint: aws.String(marketplaceFingerprint),
		ProductSKU: aws.String(m.sku),
	}
	for _, name := range m.entitlements {
		in.Entitlements = append(in.Entitlements, types.EntitlementData{Name: aws.String(name), Unit: types.EntitlementDataUnitNone})
	}
	out, err := m.client.CheckoutLicense(ctx, in)
	var elsewhere *types.RedirectException
	if errors.As(err, &elsewhere) {
		region := regionIn.FindString(aws.ToString(elsewhere.Location))
		if region == "" {
			return nil, err
		}
		out, err = m.client.CheckoutLicense(ctx, in, func(o *licensemanager.Options) { o.Region = region })
	}
	if err == nil && len(out.EntitlementsAllowed) == 0 {
		return nil, &types.NoEntitlementsAllowedException{Message: aws.String("the answer allows no entitlement")}
	}
	return out, err
}

var regionIn = regexp.MustCompile(`[a-z]{2}(?:-[a-z]+)+-[0-9]`)

func (m *manager) extend(ctx context.Context, token string, now time.Time) (checkout, error) {
	out, err := m.client.ExtendLicenseConsumption(ctx, &licensemanager.ExtendLicenseConsumptionInput{LicenseConsumptionToken: aws.String(token)})
	if err != nil {
		return checkout{}, err
	}
	if next := aws.ToString(out.LicenseConsumptionToken); next != "" {
		token = next
	}
	return checkout{token: token, expires: instant(out.Expiration, now.Add(defaultTokenLife))}, nil
}

func (m *manager) checkIn(ctx context.Context, token string) error {
	_, err := m.client.CheckInLicense(ctx, &licensemanager.CheckInLicenseInput{LicenseConsumptionToken: aws.String(token)})
	if err != nil {
		return fmt.Errorf("check the licence in: %w", awsx.Cause(err))
	}
	return nil
}

// contract reads seats and end, which a checkout does not tell. A role that may not read them loses that alone.
func (m *manager) contract(ctx context.Context) contract {
	best, _, err := m.received(ctx)
	if err != nil {
		return contract{}
	}
	return best
}

// received reads what the account has received; of several licences the one that ends last counts, as it does for the service.
func (m *manager) received(ctx context.Context) (best contract, found bool, err error) {
	out, err := m.client.ListReceivedLicenses(ctx, &licensemanager.ListReceivedLicensesInput{
		Filters: []types.Filter{{Name: aws.String("ProductSKU"), Values: []string{m.sku}}},
	})
	if err != nil {
		return contract{}, false, err
	}
	for _, l := range out.Licenses {
		if l.Status != types.LicenseStatusAvailable {
			continue
		}
		c := contract{customer: aws.ToString(l.Beneficiary)}
		if l.Validity != nil {
			c.ends = instant(l.Validity.End, time.Time{})
		}
		if i := slices.IndexFunc(l.Entitlements, func(e types.Entitlement) bool { return aws.ToString(e.Name) == seatsEntitlement }); i >= 0 {
			c.seats = int(min(aws.ToInt64(l.Entitlements[i].MaxCount), 1_000_000))
		}
		if !found || c.ends.After(best.ends) {
			best, found = c, true
		}
	}
	return best, found, nil
}

// instant reads a time of the service: ISO 8601 with or without a zone, or seconds; otherwise when it is none.
func instant(text *string, otherwise time.Time) time.Time {
	s := strings.TrimSpace(aws.ToString(text))
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0).UTC()
	}
	return otherwise
}

// judge says whether a failed call is definite, as a restart will not mend it, and what to do about it.
func judge(err error, sku string) (definite bool, remedy string) {
	var none *types.NoEntitlementsAllowedException
	if errors.As(err, &none) {
		return true, "this AWS account holds no licence of the product " + sku + ", or all of it is in use: see the subscription in AWS Marketplace; outside AWS set LICENSE_MODE=jwt"
	}
	switch awsx.Why(err) {
	case awsx.Denied, awsx.KeyDenied:
		return true, "add " + awsx.PermissionIn(err, "license-manager:CheckoutLicense") + " to the task role's policy, with license-manager:CheckInLicense, license-manager:ExtendLicenseConsumption, license-manager:GetLicense and license-manager:ListReceivedLicenses, on all resources"
	case awsx.NoCredentials:
		return true, "the task has no usable AWS credentials: set TaskRoleArn in the task definition; outside AWS set LICENSE_MODE=jwt"
	case awsx.NotFound:
		return true, "this AWS account holds no licence of the product " + sku + ": subscribe in AWS Marketplace, or correct LICENSE_PRODUCT_SKU"
	case awsx.Refused:
		return true, "License Manager does not take the request: compare LICENSE_PRODUCT_SKU and LICENSE_ENTITLEMENT with the Marketplace product"
	case awsx.Throttled:
		return false, "too many calls to License Manager: it is tried again"
	}
	return false, "License Manager does not answer: check the NAT gateway and its route; it is tried again"
}

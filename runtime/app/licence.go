package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/license"
	"github.com/threatwerk/threatwerk/internal/platform/awsx"
	"github.com/threatwerk/threatwerk/internal/platform/config"
)

// Licence is what the customer has licensed, and what keeps it up. Run ends with ctx, after what it gives back.
type Licence interface {
	State() license.State
	Run(ctx context.Context)
}

var (
	_ Licence = (*license.Signed)(nil)
	_ Licence = (*license.Marketplace)(nil)
)

// openLicence validates the licence. Its error is the start-up failure "license validation failed".
func openLicence(ctx context.Context, c config.Config, pool *pgxpool.Pool, log *zap.Logger) (Licence, error) {
	if c.LicenseMode == config.LicenseJWT {
		return license.NewSigned(c.LicenseToken, c.LicensePublicKey, time.Now)
	}
	region := c.LicenseRegion
	if region == "" {
		region = c.AWSRegion
	}
	aws, err := awsx.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return license.NewMarketplace(ctx, license.MarketplaceConfig{
		AWS: aws, DB: pool, Log: log, SKU: c.LicenseProductSKU, Entitlement: c.LicenseEntitlement,
	})
}

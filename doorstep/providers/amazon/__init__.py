"""Amazon's Selling Partner API.  Source: https://developer-docs.amazon.com/sp-api and its models."""

"""A marketplace behind a seller's API. Source: https://github.com/amzn/selling-partner-api-models (models, Apache-2.0)"""

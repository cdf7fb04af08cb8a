"""EasyPost, as far as labels, trackers, refunds, scan forms, addresses and webhooks go.

Source: https://docs.easypost.com/docs (one page per object; each file names its own).
"""

"""A parcel carrier that issues numbers and sort codes and leaves printing to the shipper.

Source: https://www.cjlogistics.com/ko/tool/parcel/tracking (what a Korean carrier shows of a parcel).
"""

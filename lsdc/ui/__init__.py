"""What pages share: cached reads, widgets that return values of the domain, and the frame around errors.

The only part of the program that imports Streamlit; it imports no Keras.
"""
